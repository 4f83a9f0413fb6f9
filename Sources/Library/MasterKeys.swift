// Which master key everything is sealed under, and how it is exchanged for another. A crash at any moment leaves either the
// old key and all that it opens, or the new one: what the database says decides.

import Access
import Control
import Crypto
package import Store

package enum MasterKeys {
  private static let mark = "master"
  private static let markText = Array("tandem".utf8)
  private static let context = Array("secret master".utf8)

  /// The key that opens this database. Finishes an exchange that a crash broke off; refuses a key that is another's.
  @Control package static func settle(_ store: any Store, _ path: String) async throws(StoreFailure)
    -> [UInt8]
  {
    let next = MasterKeyFile.next(path)
    let known = try await store.read { connection throws(StoreFailure) in
      try SecretRow.find(mark, connection)
    }
    if let known, MasterKeyFile.exists(next), opens(known, try MasterKeyFile.load(next, mayMake: false)) {
      try MasterKeyFile.replace(path, with: next)
    }
    MasterKeyFile.remove(next)
    let key = try MasterKeyFile.load(path, mayMake: known == nil)
    guard let known else {
      let sealed = try sealing(key).seal(markText, context: context)
      try await store.write(.disk) { connection throws(StoreFailure) in
        try SecretRow.save(mark, sealed, connection)
      }
      return key
    }
    guard opens(known, key) else {
      throw .damaged(
        "\(path) is not the key that this database was sealed with: put the right one back, from a backup")
    }
    return key
  }

  private static func opens(_ sealed: [UInt8], _ key: [UInt8]) -> Bool {
    (try? sealing(key).open(sealed, context: context)) == markText
  }

  private static func sealing(_ key: [UInt8]) throws(StoreFailure) -> SealingKey {
    do { return try SealingKey(key) } catch { throw .damaged("the master key is none: \(error)") }
  }

  /// Seals everything under a new key; with the server stopped. How many secrets.
  @Control package static func rotate(_ store: any Store, _ path: String) async throws(StoreFailure) -> Int {
    let old = try sealing(try await settle(store, path))
    let new = try sealing(try MasterKeyFile.make(MasterKeyFile.next(path)))
    let count = try await store.write(.disk) { connection throws(StoreFailure) in
      var count = 0
      for column in SealedColumn.allCases {
        count += try column.replaceAll(connection) { name, sealed throws(StoreFailure) in
          let context = context(of: name, in: column)
          do throws(CryptoFailure) {
            return new.seal(try old.open(sealed, context: context), context: context)
          } catch {
            throw .damaged("the secret of \(name) does not open under the present key: nothing was changed")
          }
        }
      }
      return count
    }
    try MasterKeyFile.replace(path, with: MasterKeyFile.next(path))
    await store.scrub()
    return count
  }

  /// As each keeper seals its own.
  private static func context(of name: String, in column: SealedColumn) -> [UInt8] {
    switch column {
    case .apiKeys: KeyRing.context(of: name)
    case .recordings: LibraryKeys.context("recording", name)
    case .secrets: LibraryKeys.context("secret", name)
    }
  }
}
