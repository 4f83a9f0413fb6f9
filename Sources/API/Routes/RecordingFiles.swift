// The files of a recording, and links to them that a player can use without a token.

import Access
import Control
import Crypto
import Library
import Store
import Values
import Web

extension Routes {
  static let recordingFiles: [Route] = [
    Route(
      .post, "/v1/recordings/{recording}/links", .fetchRecording,
      .init(
        summary: "Make a link to a file that works without a token, for a while.", body: "LinkRequest",
        answer: (201, "Link"))
    ) { service, call async throws(Refusal) -> Response in
      let fields = try call.fields()
      let (name, seconds) = try call.body { () throws(InvalidField) in
        (
          try fields.string("file", length: 1...128),
          try fields.optionalInteger("ttl", in: 1...Limits.linkSeconds) ?? Limits.defaultLinkSeconds
        )
      }
      let id = call.parameter("recording")
      guard let file = Library.File(name: name) else {
        throw Refusal(.invalidMessage, "file: is none of a recording's: mix.opus, tracks/ID.opus, …")
      }
      let library = try service.kept()
      _ = try await library.fetch(file, of: id)
      let path = "/v1/recordings/\(id)/\(name)"
      let expiry = call.now.seconds + Int64(seconds)
      let signature = Base64.encode(library.linkSignature(path, expiresAtSeconds: expiry))
      service.noted(call, "recording.link", id, ["file": .string(name)])
      return .json(
        [
          "url": .string("\(path)?expires=\(expiry)&signature=\(signature)"),
          "expiresAt": .string(Timestamp(seconds: expiry).rfc3339),
        ], status: 201, headers: uncached)
    },
    Route(
      .get, "/v1/recordings/{recording}/tracks/{file}", nil,
      .init(
        summary: "One person's sound (Ogg Opus), also while it grows. A link's signature does for a token.",
        query: [.reason, .expires, .signature], answer: (200, nil), contentType: "audio/ogg")
    ) { service, call async throws(Refusal) -> Response in
      try await file("tracks/\(call.parameter("file"))", service, call)
    },
    Route(
      .get, "/v1/recordings/{recording}/{file}", nil,
      .init(
        summary: "mix.opus, metadata.json, analysis.json, manifest.json, or archive.tar with all of them.",
        query: [.reason, .expires, .signature], answer: (200, nil), contentType: "application/octet-stream")
    ) { service, call async throws(Refusal) -> Response in
      try await file(call.parameter("file"), service, call)
    },
  ]

  @Control private static func file(
    _ name: String, _ service: Service, _ call: Route.Call
  ) async throws(Refusal) -> Response {
    let id = call.parameter("recording")
    let library = try service.kept()
    let actor = try service.reader(call, "/v1/recordings/\(id)/\(name)", library)
    let access = RecordingAccessRow(
      recording: id, file: name, actor: actor, reason: call.reason, address: call.request.address,
      at: call.now)
    if name == "archive.tar" {
      let archive = try await library.archive(of: id)
      library.noteAccess(access)
      return .archive(archive, named: id)
    }
    guard let file = Library.File(name: name) else {
      throw Refusal(.notFound, "There is no such file in a recording.")
    }
    let fetched = try await library.fetch(file, of: id)
    if call.request.headers["range"].map({ $0.hasPrefix("bytes=0-") }) ?? true { library.noteAccess(access) }
    let content = fetched.content
    return Response(
      headers: Headers([("ETag", fetched.tag), ("Cache-Control", "private, no-cache")]),
      body: .content(
        Content(size: content.size, type: fetched.type) { offset, count in
          await library.read(content, at: offset, count: count)
        }))
  }
}

extension Library.File {
  /// As a path below the recording names it; nil for anything else.
  fileprivate init?(name: String) {
    switch name {
    case "mix.opus", "metadata.json", "analysis.json", "manifest.json": self = .made(name)
    default:
      guard name.hasPrefix("tracks/"), name.hasSuffix(".opus") else { return nil }
      let id = name.dropFirst(7).dropLast(5)
      guard !id.isEmpty, id.utf8.allSatisfy({ $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ".") }) else {
        return nil
      }
      self = .track(String(id))
    }
  }
}

extension Route.Documentation.Parameter {
  fileprivate static let expires = Self(
    name: "expires", type: "integer", about: "Of a link: until when it works.")
  fileprivate static let signature = Self(name: "signature", type: "string", about: "Of a link.")
}

extension Service {
  /// Who fetches: the holder of a token with the right, or of a link that is signed for this very path.
  fileprivate func reader(_ call: Route.Call, _ path: String, _ library: Library) throws(Refusal) -> String {
    guard let signature = call.request.queryValue("signature") else {
      let grant = try grant(of: call.request)
      try checkRate(of: grant)
      try ActionTable.require(.fetchRecording, grant)
      return Route.Call.actor(grant)
    }
    guard let given = Base64.decode(signature),
      let expires = call.request.queryValue("expires").flatMap({ Int64($0) }),
      ConstantTime.equal(given, library.linkSignature(path, expiresAtSeconds: expires))
    else { throw Refusal(.unauthorized, "This link was not made here, or not for this file.") }
    guard call.now.seconds < expires else { throw Refusal(.tokenExpired, "This link has expired.") }
    return "link"
  }
}
