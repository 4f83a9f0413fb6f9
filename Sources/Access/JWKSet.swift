// The public keys of an outside identity provider (JSON Web Key Set, RFC 7517). Keys of kinds we don't use
// are left out, as the RFC asks, with a sentence for the log; a set without any usable key is refused. Pure.

package import Crypto
import Values

package struct InvalidJWKSet: Error, Equatable, CustomStringConvertible {
  /// What is wrong and where, for the operator who named the file.
  package let description: String
}

package struct JWKSet: Sendable {
  private struct Entry: Sendable {
    let id: String?
    let key: VerificationKey
  }

  private let entries: [Entry]
  /// Why some of the keys are not used, one sentence each.
  package let skipped: [String]

  package var count: Int { entries.count }

  package init(parsing bytes: [UInt8]) throws(InvalidJWKSet) { try self.init(parsing: bytes.span) }

  package init(parsing bytes: Span<UInt8>) throws(InvalidJWKSet) {
    guard bytes.count <= Limits.jwksBytes else {
      throw InvalidJWKSet(
        description: "the key set has \(bytes.count) bytes; \(Limits.jwksBytes) are the most")
    }
    var entries: [Entry] = []
    var skipped: [String] = []
    do {
      let set = try Fields(JSON(parsing: bytes))
      guard set["keys"] != nil else { throw set.invalid("keys", "is required") }
      for (index, fields) in try set.list("keys", atMost: Limits.jwksKeys).enumerated() {
        let id = try fields.optionalString("kid", length: 1...Limits.claimBytes)
        let name = id.map { "key \($0)" } ?? "key number \(index + 1)"
        do {
          entries.append(Entry(id: id, key: try Self.key(fields)))
        } catch {
          skipped.append("\(name): \(error.reason)")
        }
      }
    } catch let error as JSON.Malformed {
      throw InvalidJWKSet(description: "the key set is not JSON: \(error)")
    } catch {
      throw InvalidJWKSet(description: "the key set is not one of RFC 7517: \(error)")
    }
    guard !entries.isEmpty else {
      let reasons = skipped.isEmpty ? "it has no keys" : skipped.joined(separator: "; ")
      throw InvalidJWKSet(description: "the key set has no key for RS256, ES256 or EdDSA: \(reasons)")
    }
    self.entries = entries
    self.skipped = skipped
  }

  /// The keys that a token may mean: those with its key id, or without one the only key there is.
  package func keys(id: String?) -> [VerificationKey] {
    guard let id else { return entries.count == 1 ? [entries[0].key] : [] }
    return entries.filter { $0.id == id }.map(\.key)
  }

  /// For the fuzzers: any bytes at all.
  package static func fuzz(_ bytes: Span<UInt8>) { _ = try? JWKSet(parsing: bytes) }

  private struct Unusable: Error {
    let reason: String
  }

  private static func key(_ fields: Fields) throws(Unusable) -> VerificationKey {
    do {
      if let use = try fields.optionalString("use"), use != "sig" {
        throw Unusable(reason: "is not for signatures")
      }
      if let operations = fields["key_ops"]?.array, !operations.contains("verify") {
        throw Unusable(reason: "is not for verifying")
      }
      let key = try material(fields)
      if let algorithm = try fields.optionalString("alg"), algorithm != key.algorithm.rawValue {
        throw Unusable(reason: "is for \(algorithm), which is not supported with its kind of key")
      }
      return key
    } catch let error as Unusable {
      throw error
    } catch let error as InvalidField {
      throw Unusable(reason: error.description)
    } catch CryptoFailure.invalidKey(let reason) {
      throw Unusable(reason: reason)
    } catch {
      throw Unusable(reason: "cannot be read")
    }
  }

  private static func material(_ fields: Fields) throws -> VerificationKey {
    let kind = try fields.string("kty")
    switch kind {
    case "RSA":
      return try .rsa(modulus: bytes(fields, "n"), exponent: bytes(fields, "e"))
    case "EC":
      let curve = try fields.string("crv")
      guard curve == "P-256" else { throw Unusable(reason: "is on the curve \(curve), not P-256") }
      return try .p256(x: bytes(fields, "x"), y: bytes(fields, "y"))
    case "OKP":
      let curve = try fields.string("crv")
      guard curve == "Ed25519" else { throw Unusable(reason: "is on the curve \(curve), not Ed25519") }
      return try .ed25519(bytes(fields, "x"))
    default:
      throw Unusable(reason: "is of the kind \(kind)")
    }
  }

  private static func bytes(_ fields: Fields, _ name: String) throws -> [UInt8] {
    guard let bytes = Base64.decode(try fields.string(name, length: 1...4096), .url) else {
      throw fields.invalid(name, "must be base64url")
    }
    return bytes
  }
}
