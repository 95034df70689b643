/// A type whose JSON form is more than its Swift form tells: a text with a longest length, a number in a range, an id.
///
/// Structs of described types need not be described themselves; ``Schema/init(of:)`` looks at what they read.
package protocol SelfDescribing: Decodable {
    /// The schema of every value.
    static var schema: Schema { get throws }
    /// Some valid value.
    static var example: Self { get throws }
}

/// A type whose members are explained in the reference.
package protocol Documented: Decodable {
    /// A sentence for each member, by its name in JSON.
    static var meanings: [String: String] { get }
}
