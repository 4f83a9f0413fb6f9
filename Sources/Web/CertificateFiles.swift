// Notices that certificate files were replaced, as every renewal does. Looks at them now and then: watching a
// directory misses links that are switched somewhere else.

import Glibc

struct CertificateFiles: Equatable {
  private struct Stamp: Equatable {
    let seconds: Int
    let nanoseconds: Int
    let inode: UInt
    let size: Int
  }

  let certificate: String
  let key: String
  private let stamps: [Stamp?]

  init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
    stamps = [certificate, key].map(Self.stamp)
  }

  /// The same files as they are now.
  var now: CertificateFiles { CertificateFiles(certificate: certificate, key: key) }

  private static func stamp(_ path: String) -> Stamp? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Stamp(
      seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec, inode: status.st_ino,
      size: Int(status.st_size))
  }
}
