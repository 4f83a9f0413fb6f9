// What makes a recording stand as evidence: a manifest that names every file by its hash, signed, and chained to the one
// before. Here it is shown, and checked against what is on the disk.

package import Access
import Control
import Crypto
package import Store
package import Values

/// What a manifest is vouched for with.
package struct RecordingProof: Sendable, Equatable {
  package var row: ManifestRow
  package var publicKey: [UInt8]

  package var json: JSON {
    [
      "algorithm": "Ed25519", "key": .string(SigningKeyName.of(publicKey)),
      "publicKey": .string(Base64.encode(publicKey)), "sha256": .string(Hex.encode(row.hash)),
      "previous": .string(Hex.encode(row.previous)), "signature": .string(Base64.encode(row.signature)),
      "signedAt": .string(row.at.rfc3339),
    ]
  }
}

package enum SigningKeyName {
  /// Short enough to read out, long enough to tell keys apart.
  package static func of(_ publicKey: [UInt8]) -> String {
    Hex.encode(Array(SHA256.digest(publicKey).prefix(8)))
  }
}

/// What a check of all files found.
package struct RecordingVerdict: Sendable, Equatable {
  package struct File: Sendable, Equatable {
    package var name: String
    /// Nil: it is what was signed.
    package var problem: String?
  }

  package var files: [File] = []
  /// Of the manifest itself, its signature and its place in the chain.
  package var problems: [String] = []
  package var isSound: Bool { problems.isEmpty && files.allSatisfy { $0.problem == nil } }
}

extension Library {
  package func publicKey() async throws(Refusal) -> [UInt8] {
    if let known = knownPublicKey { return known }
    let keys = keys
    let made: [UInt8]
    do throws(StoreFailure) {
      made = try await store.write(.disk) { connection throws(StoreFailure) in
        try keys.signingKey(connection).publicBytes
      }
    } catch {
      throw Refusal(.unavailable, "The server's signing key cannot be read: \(error.message)")
    }
    knownPublicKey = made
    return made
  }

  /// A statement of the server's as a JSON Web Signature (RFC 7515, RFC 8037), and the name of its key.
  package func signed(_ statement: JSON) async throws(Refusal) -> (jws: String, key: String) {
    let name = SigningKeyName.of(try await publicKey())
    let header: JSON = ["alg": "EdDSA", "kid": .string(name), "typ": "JWT"]
    let text = Base64.encode(header.encoded()) + "." + Base64.encode(statement.encoded())
    let keys = keys
    let signature: [UInt8]
    do throws(StoreFailure) {
      signature = try await store.read { connection throws(StoreFailure) in
        try keys.signingKey(connection).sign(Array(text.utf8))
      }
    } catch {
      throw Refusal(.unavailable, "The server's signing key cannot be read: \(error.message)")
    }
    return (text + "." + Base64.encode(signature), name)
  }

  func checkReady(_ row: RecordingRow) throws(Refusal) {
    guard row.state == .ready else {
      throw Refusal(
        .conflict, "The recording is not ready yet: it is in state \(row.state.rawValue).",
        retryAfter: .seconds(5))
    }
  }

  /// Nil before it is ready.
  package func proof(of id: String) async throws(Refusal) -> RecordingProof? {
    let row = try await stored { store throws(StoreFailure) in
      try await store.read { connection throws(StoreFailure) in
        try ManifestRow.of(recording: id, connection)
      }
    }
    guard let row else { return nil }
    return RecordingProof(row: row, publicKey: try await publicKey())
  }

  /// Reads everything once more and says of each file whether it is what was signed.
  package func verify(_ id: String) async throws(Refusal) -> RecordingVerdict {
    let known = try await show(id)
    try checkReady(known.row)
    var verdict = RecordingVerdict()
    guard let proof = try await proof(of: id) else {
      verdict.problems.append("there is no signed manifest of it in the store")
      return verdict
    }
    try await checkChain(proof, &verdict)
    guard let manifest = await plainBytes(.made("manifest.json"), of: known) else {
      verdict.problems.append("manifest.json is not there, or was changed on the disk")
      return verdict
    }
    guard SHA256.digest(manifest) == proof.row.hash else {
      verdict.problems.append("manifest.json is not the one that was signed")
      return verdict
    }
    let isSigned =
      (try? VerificationKey.ed25519(proof.publicKey))?.verify(proof.row.signature, of: manifest) ?? false
    if !isSigned { verdict.problems.append("the signature is not one of this server's key") }
    let named = (try? JSON(parsing: manifest))?["files"]?.array ?? []
    for one in named {
      let name = one["name"]?.string ?? ""
      verdict.files.append(
        RecordingVerdict.File(
          name: name, problem: await problem(of: name, sha256: one["sha256"]?.string, in: known)))
    }
    let names = Set(named.compactMap { $0["name"]?.string })
    for track in known.tracks where track.sealedKey != nil && !names.contains("tracks/\(track.id).opus") {
      verdict.problems.append("tracks/\(track.id).opus is not named by the manifest")
    }
    return verdict
  }

  private func checkChain(_ proof: RecordingProof, _ verdict: inout RecordingVerdict) async throws(Refusal) {
    let seq = proof.row.seq
    let former = try await stored { store throws(StoreFailure) in
      try await store.read { connection throws(StoreFailure) in
        try ManifestRow.before(seq, connection)
      }
    }
    if proof.row.previous != former?.hash ?? [] {
      verdict.problems.append("the chain of manifests is broken before it: one was taken out or put in")
    }
  }

  private func problem(of name: String, sha256: String?, in known: Known) async -> String? {
    let file: File =
      name.hasPrefix("tracks/") ? .track(String(name.dropFirst(7).dropLast(5))) : .made(name)
    guard let content = try? await fetch(file, of: known).content else {
      return "is not there, or does not open"
    }
    let digest = try? await thread.run { content.digest() }
    guard let digest = digest ?? nil else { return "was changed on the disk" }
    return Hex.encode(digest) == sha256 ? nil : "is another than the manifest names"
  }

  private func plainBytes(_ file: File, of known: Known) async -> [UInt8]? {
    guard let content = try? await fetch(file, of: known).content else { return nil }
    return await read(content, at: 0, count: content.size)
  }

  /// Makes the mix, the analysis and the manifest anew; what was made before is gone until then.
  package func analyse(_ id: String) async throws(Refusal) {
    guard active[id] == nil else {
      throw Refusal(.conflict, "The recording is still running: stop it first.")
    }
    let known = try await show(id)
    guard known.row.state != .failed, known.tracks.contains(where: { $0.sealedKey != nil }) else {
      throw Refusal(.conflict, "Of this recording there is no sound to make anything of.")
    }
    try await written { connection throws(StoreFailure) in
      guard try RecordingRow.reopen(id, connection) else { return }
      try RecordingFileRow.delete(of: id, connection)
    }
    enqueue(id)
  }
}
