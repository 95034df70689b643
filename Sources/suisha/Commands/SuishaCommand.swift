import ArgumentParser

/// The program: one binary that serves, works, and calls a server.
@main
struct SuishaCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "suisha",
        abstract: "Runs slow work as durable jobs: a recording becomes a transcript, diagrams and a narrated video.",
        discussion: """
            EXAMPLES
              suisha demo                         see it work with the sample
              suisha serve                        start a server on port 8080
              suisha submit talk.mp3 --watch      turn a recording into a video
              suisha jobs list                    what runs and what ran
              suisha queues list                  what waits, by kind
              suisha schedules list               jobs that the clock submits
              suisha artifacts get JOB video.mp4  fetch a result
              suisha top                          what the server does, live
              suisha login                        sign in at a server
              suisha workspace list               the workspaces that you are in
              suisha doctor                       check this machine

            SETTINGS
              Flags win over environment variables (SUISHA_HTTP_PORT), these over
              suisha.yaml, that over defaults. 'suisha config' shows what holds.

            COMPLETION
              suisha --generate-completion-script bash    also zsh and fish

            EXIT STATUS
              0   done
              1   it failed
              2   the job failed or was canceled
              64  wrong usage
              66  the input cannot be read
              69  no server answers
              73  a file cannot be written
              75  the server is full; try later
              77  you are not known there, or may not do this
              78  the configuration is wrong
            """,
        version: Version.current,
        subcommands: [
            ServeCommand.self, WorkerCommand.self, MigrateCommand.self, DoctorCommand.self, ConfigCommand.self,
            TokenCommand.self, OpenAPICommand.self,
            DemoCommand.self, SubmitCommand.self, JobsCommand.self, ArtifactsCommand.self,
            QueuesCommand.self, SchedulesCommand.self, TopCommand.self,
            LoginCommand.self, LogoutCommand.self, WhoamiCommand.self, WorkspaceCommand.self, MemberCommand.self,
            RoleCommand.self, KeyCommand.self, AuditCommand.self, UsageCommand.self, QuotaCommand.self,
            BenchCommand.self,
        ])
}
