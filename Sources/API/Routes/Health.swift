// Is the process alive, may it have work, how is it: for load balancers, orchestrators and Prometheus. And the
// description of this API.

import Access
import Observe
import Values
import Web

extension Routes {
  static let health: [Route] = [
    Route(
      .get, "/healthz", nil,
      .init(summary: "The process is alive.", answer: (200, "Health"))
    ) { service, _ async throws(Refusal) -> Response in
      .json(
        ["status": "ok", "version": .string(Version.current), "node": .string(service.options.node)],
        headers: uncached)
    },
    Route(
      .get, "/readyz", nil,
      .init(summary: "This node may have new work; 503 if not, with the reasons.", answer: (200, "Readiness"))
    ) { service, _ async throws(Refusal) -> Response in
      let readiness = await service.readiness()
      let status = readiness.isReady ? "ready" : service.draining ? "draining" : "not_ready"
      var checks = JSON.Object()
      for check in readiness.checks { checks.append(check.name, .string(check.problem ?? "ok")) }
      return .json(
        ["status": .string(status), "checks": .object(checks)], status: readiness.isReady ? 200 : 503,
        headers: uncached)
    },
    Route(
      .get, "/metrics", nil,
      .init(
        summary: "All metrics, in Prometheus text.", answer: (200, nil),
        contentType: "text/plain")
    ) { service, _ async throws(Refusal) -> Response in
      let text = Metrics.text(version: Version.current, node: service.options.node)
      return Response(
        headers: Headers([
          ("Content-Type", "text/plain; version=0.0.4; charset=utf-8"), ("Cache-Control", "no-store"),
        ]), body: .bytes(Array(text.utf8)))
    },
    Route(
      .get, "/openapi.json", nil,
      .init(summary: "This document.", answer: (200, nil))
    ) { service, _ async throws(Refusal) -> Response in
      .json(OpenAPI.document(service.router.routes), headers: Headers([("Cache-Control", "max-age=300")]))
    },
    Route(
      .get, "/protocol.json", nil,
      .init(summary: "The WebSocket's messages as JSON Schema.", answer: (200, nil))
    ) { _, _ async throws(Refusal) -> Response in
      .json(ProtocolSchema.document, headers: Headers([("Cache-Control", "max-age=300")]))
    },
  ]
}
