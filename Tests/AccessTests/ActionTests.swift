// The table of rights, written out a second time by hand.

import Access
import Testing
import Values

@Suite("Who may do what") struct ActionTests {
  /// Written out on purpose: whoever changes a right changes it twice, and knowingly. Columns: a mentor, a
  /// student and an observer in the room of their token; an operator without a room; rights of a single kind.
  private static let table = """
    action            mentor student observer admin recordings match
    joinRoom          yes    yes     yes      -     -          -
    negotiate         yes    yes     yes      -     -          -
    relay             yes    yes     yes      -     -          -
    publish           yes    yes     -        -     -          -
    subscribe         yes    yes     yes      -     -          -
    muteOwn           yes    yes     -        -     -          -
    chat              yes    yes     -        -     -          -
    raiseHand         yes    yes     -        -     -          -
    giveConsent       yes    yes     -        -     -          -
    publishByWHIP     yes    yes     -        -     -          -
    playByWHEP        yes    yes     yes      -     -          -
    moderateRoom      yes    -       -        yes   -          -
    showRoom          yes    -       -        yes   -          -
    closeRoom         yes    -       -        yes   -          -
    startRecording    yes    -       -        yes   -          -
    stopRecording     yes    -       -        yes   -          -
    listRooms         -      -       -        yes   -          -
    createRoom        -      -       -        yes   -          -
    changeRoom        -      -       -        yes   -          -
    mintToken         -      -       -        yes   -          -
    manageKeys        -      -       -        yes   -          -
    readAudit         -      -       -        yes   -          -
    operateNode       -      -       -        yes   -          -
    extendSession     -      -       -        yes   -          -
    rateSession       yes    yes     yes      yes   -          yes
    bookSession       -      -       -        yes   -          -
    listSessions      -      -       -        yes   -          -
    showSession       -      -       -        yes   -          -
    readReceipt       -      -       -        yes   -          -
    readExplanation   -      -       -        yes   -          -
    readEvents        -      -       -        yes   -          -
    listRecordings    -      -       -        yes   yes        -
    fetchRecording    -      -       -        yes   yes        -
    eraseRecording    -      -       -        yes   -          -
    exportUser        -      -       -        yes   -          -
    eraseUser         -      -       -        yes   -          -
    enterQueue        -      -       -        -     -          yes
    answerMatch       -      -       -        -     -          yes
    readMatch         -      -       -        yes   -          yes
    manageProfiles    -      -       -        yes   -          -
    readQueue         -      -       -        yes   -          -
    """

  private static func grant(_ role: Role, _ rooms: Grant.Rooms, _ rights: Rights) -> Grant {
    Grant(
      identity: "ana", name: nil, role: role, rooms: rooms, rights: rights, keyID: "k", tokenID: nil,
      issuedAtSeconds: nil, expiresAtSeconds: 0)
  }

  private static let holders: [String: Grant] = [
    "mentor": grant(.mentor, .one("r"), .of(.mentor)),
    "student": grant(.student, .one("r"), .of(.student)),
    "observer": grant(.observer, .one("r"), .of(.observer)),
    "admin": grant(.student, .none, Rights(admin: true)),
    "recordings": grant(.student, .none, Rights(recordings: true)),
    "match": grant(.student, .none, Rights(match: true)),
  ]

  private func isAllowed(_ action: Action, _ grant: Grant, room: String? = "r") -> Bool {
    do throws(Refusal) {
      try ActionTable.require(action, grant, room: room)
      return true
    } catch {
      #expect(error.code == .forbidden)
      return false
    }
  }

  @Test("the table in the code is the one written out here")
  func table() throws {
    let lines = Self.table.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    let columns = lines[0].dropFirst()
    #expect(lines.dropFirst().map { $0[0] } == Action.allCases.map(\.rawValue))
    for line in lines.dropFirst() {
      let action = try #require(Action(rawValue: line[0]))
      for (column, cell) in zip(columns, line.dropFirst()) {
        let grant = try #require(Self.holders[column])
        #expect(isAllowed(action, grant) == (cell == "yes"), "\(column) \(action)")
        #expect(!isAllowed(action, Self.grant(.student, .any, Rights())), "nobody may \(action)")
      }
    }
  }

  @Test(
    "in another room than the token's nobody may do anything but an operator, who still does not listen in")
  func otherRooms() {
    let mentor = Self.grant(.mentor, .one("r"), .of(.mentor))
    let anywhere = Self.grant(.mentor, .any, .of(.mentor))
    let adminMentor = Self.grant(
      .mentor, .one("r"),
      Rights(publish: true, subscribe: true, moderate: true, record: true, admin: true))
    for action in Action.allCases where ActionTable.rule(for: action).scope != .server {
      #expect(!isAllowed(action, mentor, room: "other") && isAllowed(action, anywhere, room: "other"))
      #expect(!isAllowed(action, mentor, room: nil))
      #expect(
        isAllowed(action, adminMentor, room: "other")
          == (ActionTable.rule(for: action).scope == .ownRoomOrOperator))
    }
  }

  @Test("who is refused learns which right is missing, or that the token is for another room")
  func messages() {
    #expect(
      throws: Refusal(.forbidden, "this needs the right moderate or admin, which the token does not give")
    ) { try ActionTable.require(.moderateRoom, Self.grant(.student, .any, .of(.student)), room: "r") }
    #expect(throws: Refusal(.forbidden, "the token is not for the room other")) {
      try ActionTable.require(.joinRoom, Self.grant(.student, .one("r"), .of(.student)), room: "other")
    }
  }
}
