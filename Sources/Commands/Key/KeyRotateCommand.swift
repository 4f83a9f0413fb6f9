// `tandem key rotate-master`.

import Control
import Library
import Store

enum KeyRotateCommand {
  static let command: Command = Command(
    "rotate-master", summary: "seal all secrets and recordings' keys under a new master key",
    description: """
      For a server that is stopped. The files of recordings are not touched: their keys are sealed anew. Links to files
      that were handed out stop working. Backups that were made before need the old key, which they hold.
      """,
    options: [DataFolder.option, ServerAccess.config, ServerAccess.dev],
    examples: [Example("tandem key rotate-master --config /etc/tandem.yaml", "exchange the key")]
  ) { invocation, console throws(CommandFailure) in
    let (directory, keyPath) = try DataFolder.resolveWithKey(invocation)
    do throws(StoreFailure) {
      DataFolder.becomeOwner(of: directory)
      let store = try await SQLiteStore.open(directory: directory)
      do throws(StoreFailure) {
        let count = try await MasterKeys.rotate(store, keyPath)
        await store.close()
        console.remark("\(count) secrets are sealed under a new key in \(Printable.plain(keyPath)).")
      } catch {
        await store.close()
        throw error
      }
    } catch {
      throw .failed(error.message)
    }
  }
}
