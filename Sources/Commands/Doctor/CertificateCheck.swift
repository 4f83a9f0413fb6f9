// Doctor: the certificate for HTTPS.

import Configuration
import Crypto
import Values

enum CertificateCheck {
  static func run(_ settings: Settings, at now: Timestamp) -> [Finding] {
    let subject = "certificate"
    guard settings.http.tls.isOn else {
      return [.ok(subject, "none: plain HTTP, to stand behind a proxy that speaks HTTPS")]
    }
    let (path, keyPath) = (settings.http.tls.certificate, settings.http.tls.key)
    let certificate: CertificateFile
    do {
      certificate = try CertificateFile(path: path)
    } catch {
      return [.fail(subject, "\(path): \(error.message)", advice: "set http.tls.certificate to a PEM file")]
    }
    do {
      guard try certificate.matches(keyPath: keyPath) else {
        return [.fail(subject, "\(keyPath) is not the key of \(path)", advice: "set http.tls.key")]
      }
    } catch {
      return [.fail(subject, "\(keyPath): \(error.message)", advice: "set http.tls.key to a PEM file")]
    }
    let end = Timestamp(seconds: certificate.notAfterSeconds)
    let days = (end.seconds - now.seconds) / 86_400
    let advice = "renew it, then reload the server (SIGHUP)"
    if end <= now { return [.fail(subject, "\(path) expired at \(end.rfc3339)", advice: advice)] }
    if Timestamp(seconds: certificate.notBeforeSeconds) > now {
      return [.fail(subject, "\(path) is not valid yet", advice: "check the clock")]
    }
    let message = "\(path) is valid for \(days) days, until \(end.rfc3339)"
    return [
      days < Limits.certificateWarningDays ? .warn(subject, message, advice: advice) : .ok(subject, message)
    ]
  }
}
