import Storage

/// Where everything that lasts is kept.
struct Stores: Sendable {
    let database: any SQLDatabase
    let jobs: SQLJobStore
    let objects: CountedObjectStore
    let rates: any RateWindows
}
