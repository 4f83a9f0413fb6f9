// What of the browser's statistics is worth showing: the way to the other side, and each track that goes or comes.

/** @param {object[]} reports */
export function summary(reports) {
  const by = new Map(reports.map((report) => [report.id, report]));
  const pair = reports.find(({ type, nominated, state }) => type === "candidate-pair" && nominated
    && state === "succeeded");
  const flows = (type) => reports.filter((report) => report.type === type).map((report) => {
    const remote = by.get(report.remoteId) ?? {};
    return { kind: report.kind, mid: report.mid, codec: by.get(report.codecId)?.mimeType,
      bytes: report.bytesSent ?? report.bytesReceived ?? 0, packets: report.packetsSent ?? report.packetsReceived ?? 0,
      lost: report.packetsLost ?? remote.packetsLost ?? 0, jitter: report.jitter ?? remote.jitter,
      width: report.frameWidth, height: report.frameHeight, framesPerSecond: report.framesPerSecond,
      freezes: report.freezeCount, limitedBy: report.qualityLimitationReason };
  });
  return { roundTrip: pair?.currentRoundTripTime, available: pair?.availableOutgoingBitrate,
    relayed: by.get(pair?.localCandidateId)?.candidateType === "relay",
    sent: flows("outbound-rtp"), received: flows("inbound-rtp"), reports };
}
