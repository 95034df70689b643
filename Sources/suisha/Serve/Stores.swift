import Storage

/// Where everything that lasts is kept.
struct Stores: Sendable {
    let database: any SQLDatabase
    let jobs: SQLJobStore
    let objects: any ObjectStore
    let rates: any RateWindows
}
