// What a text about a person means, as a direction: each number in eight bits. The product of two is a whole number, the
// same on every processor and in every order of summing, which a sum of floats is not.

package struct Embedding: Sendable, Equatable {
  package let codes: [Int8]
  /// The length of the codes as a vector.
  package let length: Double

  /// Nil for a vector of zeros, which has no direction, or one with a number that is not finite.
  package init?(_ values: [Float]) {
    let largest = values.reduce(Float(0)) { max($0, $1.magnitude) }
    guard largest > 0, values.allSatisfy(\.isFinite) else { return nil }
    let scale = 127 / Double(largest)
    self.init(codes: values.map { Int8((Double($0) * scale).rounded()) })
  }

  package init?(codes: [Int8]) {
    let square = codes.reduce(0) { $0 + Int($1) * Int($1) }
    guard square > 0 else { return nil }
    self.codes = codes
    length = Double(square).squareRoot()
  }

  /// From -1, opposite, to 1, the same; 0 if the two are not of one model.
  package func cosine(_ other: Embedding) -> Double {
    guard codes.count == other.codes.count else { return 0 }
    return Double(PortableKernel.dot(codes.span, other.codes.span)) / (length * other.length)
  }
}
