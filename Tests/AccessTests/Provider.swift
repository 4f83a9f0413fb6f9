// An outside identity provider: its public keys, and tokens that it signed for noon of the tests' day. Made
// with another implementation (Python's cryptography), so that ours is not only compared with itself.

import Values

enum Provider {
  static let modulus =
    "p0wPgLNrksVZQGgnxwrGRQFERfkhs1bYrKw0inEf_elY5MfbY5Zwm5y3WiTJNYzbSyCcU7FE6A09hPN0QqfsC1c9fC6BoVGJ"
    + "CFVRoY26wGwttckw6HhRMx_RXxnFB8uW9qHXIg4lrB7izDEvtGjsQqrW_6XnZ9khEhGbj1dVRtArG6W2Id6F7wFCsnyNWxSe"
    + "oaoDZEZdB6I2uPXK0kCpKvidgDTXw8ORbgMF4BcLw153VH5bcKZfYflqRgW-RkQGRPvsHhz_6-2lpJfiQKJmFSajaD7W-gB6"
    + "QsGZzC5q-xHHUoYUS74SWT2Ax9HyAfxEhwzhtHS7mAjkdNyPmuBmnw"
  static let x =
    "3k4On3r9OExp8xh-FbEnqvqYj5OfCtGPRh0PN9HyhF8"
  static let y =
    "UmkGqJR6quJuyF5Bj8G-9uT2_KoZCqPM1dpB_AZYxMI"
  static let rs256 =
    "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYS0xIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJh"
    + "dWQiOlsidGFuZGVtIiwib3RoZXIiXSwic3ViIjoiYXV0aDB8NWY3YyIsImV4cCI6MTgwMDAwMzYwMCwiaWF0IjoxODAwMDAw"
    + "MDAwLCJuYW1lIjoiQW5hIn0.XOGF6J57BA3HoboYs6Msnbvr6y2Uv82GDCG6_Ud5-g8_r8nUJdNSHuXaG_5GTZNIADnd49sg"
    + "y1VkzkFEOS-2x1PY7gRXgRTWtiMtupAS6aIhfEGCmyFvV4XdCRZ-baEk__X6As1cSi153JYdH0KvU0rDsBfz8TMOITmqq3MO"
    + "bTyOZHe3tPi-3jP1QKlYOAv4v77-xUDz95CP9gFrz20BMLSzDtMVr11ax72K8a0YQU_G8zfJCQAKBWzsRyuIdH9XTPtzgm8z"
    + "_7HZfwli3mKT2uv2E7erkdroFD3YyKgTZzxQxUtGi1wf4KgX6e0XSEcuJGWlpg522gyxb413w2jX4g"
  static let rs256WithoutKeyID =
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOlsidGFuZGVtIiwib3RoZXIiXSwic3V"
    + "iIjoiYXV0aDB8NWY3YyIsImV4cCI6MTgwMDAwMzYwMCwiaWF0IjoxODAwMDAwMDAwLCJuYW1lIjoiQW5hIn0.nGehNp2Y5Vg"
    + "NrEI3GMBF1kHNIRSdK-eLNnGawnE2gP-lH8o5BdeCPTDp_dUIafALjygTaamSknDp_SOr8-IoyXHcIhj99fOr87mB0Z_7as9"
    + "Gq0pZdHx0H-U_cTncZnuptiJwhV-Nq3OM__z6v3zBOvCo4Jgnz_lYT-OUbIwBf58yjaFjJGequ959k9C3NXr-sOahtKYq5yr"
    + "LkP-gWgbg3Jrj-1wSahRy51mrtj-OL2JFtNdt0CYwFwMUdUk25lPDhR1Fl_BlBem5ydES5WOawIR_8_7VqchVmpMuwnljyCE"
    + "RaiQ7r-5K1aKeTSCRw9Fpac5RpauHRnQJYx3d5ZP7iQ"
  static let es256 =
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImVjLTEiLCJ0eXAiOiJhdCtqd3QifQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiL"
    + "CJhdWQiOlsidGFuZGVtIiwib3RoZXIiXSwic3ViIjoiYXV0aDB8NWY3YyIsImV4cCI6MTgwMDAwMzYwMCwiaWF0IjoxODAwM"
    + "DAwMDAwLCJuYW1lIjoiQW5hIn0.w6WQHwRqKR6ToZ8mhaHxF_mwKap7h8sca3NVj5vQ1belU8Yr3U81sZt7dA0O_BVRGXLjG"
    + "fytfcyepK0ONVbXGw"
  static let es256WithTheRSAKeyID =
    "eyJhbGciOiJFUzI1NiIsImtpZCI6InJzYS0xIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOlsidGFuZGVt"
    + "Iiwib3RoZXIiXSwic3ViIjoiYXV0aDB8NWY3YyIsImV4cCI6MTgwMDAwMzYwMCwiaWF0IjoxODAwMDAwMDAwLCJuYW1lIjoi"
    + "QW5hIn0.Ekt2e6l5qJ4tLqzB14pqcqee22hE-vdOC_uxrrt6yXdF62Vw379khehwj8lModnLUFOvA6pgP_UIZGarzovo_Q"
  static let pssSignature =
    "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYS0xIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOlsidGFuZGVt"
    + "Iiwib3RoZXIiXSwic3ViIjoiYXV0aDB8NWY3YyIsImV4cCI6MTgwMDAwMzYwMCwiaWF0IjoxODAwMDAwMDAwLCJuYW1lIjoi"
    + "QW5hIn0.LvVvFIJn8pdeLX-UQlSWw5MRLowVVL-Tn9mr4S_uP-8MtSGwUaO4UfVT-kjbkF-enyROEbfnea7GagEyEkUFACDd"
    + "ifAKCLYj6WJXfhCDlwq_kQu_SuI6uosQSkdgrBzxdgLsgVCKclCZ_W3uni4CvTteyjmdIHWO6_n-ExD6RSJBN_kdo_Pt6brx"
    + "Qo0MWP7UIZJbch-4YMIn_CfFzz-pJ5qv0lkaWDwKiIKl2_ai-5o8xxEC5IyjVxoDj5C_NG0NWOAORzm8-_fDnP_NcCe6OerW"
    + "OsvcY-q2J6QCluSChPjcJznB-hKXu3spvedjzcPRLJ4FuvdXpjAPijH3OiYlIA"

  static let rsaKey: JSON = [
    "kty": "RSA", "kid": "rsa-1", "use": "sig", "alg": "RS256", "n": .string(modulus), "e": "AQAB",
  ]
  static let ecKey: JSON = ["kty": "EC", "kid": "ec-1", "crv": "P-256", "x": .string(x), "y": .string(y)]

  static func set(_ keys: JSON...) -> [UInt8] { JSON.object(["keys": .array(keys)]).encoded() }
}
