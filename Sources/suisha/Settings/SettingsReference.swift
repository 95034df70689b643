/// docs/configuration.md, made from the declarations.
enum SettingsReference {
    /// The whole page.
    static var markdown: String {
        """
        # Configuration

        Every setting can be given in three ways: as a flag, as an environment variable, or in a YAML file. Flags win over
        environment variables, these over the file, that over the default. `suisha config` shows what holds and where each
        value comes from.

        The file is `suisha.yaml` in the working folder, else `/etc/suisha/suisha.yaml`, or the one that `--config FILE` or `SUISHA_CONFIG` names:

        ```yaml
        http:
          port: 9000
        worker:
          slots: 4
          drain_time: 1m
        ```

        A key that is no setting is refused, with the one that was probably meant. Empty values count as not set. Secrets
        have no flag, because everybody on a machine can read command lines; they are shown as `***`. Times are written as
        `250ms`, `15s` or `1h30m`, sizes as `500MB` or `2GiB`, lists as YAML lists or with commas.

        Beside settings the file may hold `exec`, a list of commands that run kinds of jobs: see [exec.md](exec.md).

        This page is written by `make docs`; a test compares it with the program.

        | key | flag and variable | default | meaning |
        |---|---|---|---|

        """ + Settings.all.map(row).joined()
    }

    private static func row(_ setting: SettingDeclaration) -> String {
        let flag = setting.flag.map { "`--\($0)`<br>" } ?? ""
        let standard = setting.standard.shown.map { $0.contains("`") || $0.contains(" ") ? $0 : "`\($0)`" } ?? "not set"
        return
            "| `\(setting.key)` | \(flag)`\(setting.environment)` | \(standard) | \(setting.help) Must be \(setting.kind). |\n"
    }
}
