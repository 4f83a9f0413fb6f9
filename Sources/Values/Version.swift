// The version of everything that is built from this tree: binary, SDK, recordings' metadata, API document.

package enum Version {
  package static let current = "0.1.0"
}
