#pragma once
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

// A macro of macros, which Swift can't see.
enum { TANDEM_EVP_PKEY_PUBLIC_KEY = EVP_PKEY_PUBLIC_KEY };

// A key of HMAC-SHA1, hashed as far as it can be before a message is there.
struct tandem_hmac_sha1_key {
  SHA_CTX inner, outer;
};

// What one direction of SRTP or SRTCP keeps beside OpenSSL's cipher context, in one piece so that it is wiped in one.
struct tandem_srtp_secrets {
  uint64_t salt_high, salt_low;
  struct tandem_hmac_sha1_key code;
  OSSL_PARAM tag[2];
};

// The parameter's name must outlive the packet: a literal does, a Swift string does not.
static inline void tandem_srtp_prepare_tag(struct tandem_srtp_secrets *secrets, size_t count) {
  secrets->tag[0] = OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, NULL, count);
  secrets->tag[1] = OSSL_PARAM_construct_end();
}

static inline int tandem_srtp_get_tag(EVP_CIPHER_CTX *cipher, struct tandem_srtp_secrets *secrets, void *tag) {
  secrets->tag[0].data = tag;
  return EVP_CIPHER_CTX_get_params(cipher, secrets->tag);
}

static inline int tandem_srtp_set_tag(EVP_CIPHER_CTX *cipher, struct tandem_srtp_secrets *secrets, const void *tag) {
  secrets->tag[0].data = (void *)tag;
  return EVP_CIPHER_CTX_set_params(cipher, secrets->tag);
}

// HMAC-SHA1 on the plain hash: EVP would copy its prepared state by allocating it anew for every packet.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
static inline void tandem_hmac_sha1_prepare(struct tandem_hmac_sha1_key *prepared, const void *key, size_t count) {
  unsigned char block[SHA_CBLOCK] = {0};
  if (count > SHA_CBLOCK)
    SHA1(key, count, block);
  else if (count > 0)
    memcpy(block, key, count);
  for (int i = 0; i < SHA_CBLOCK; i++) block[i] ^= 0x36;
  SHA1_Init(&prepared->inner);
  SHA1_Update(&prepared->inner, block, SHA_CBLOCK);
  for (int i = 0; i < SHA_CBLOCK; i++) block[i] ^= 0x36 ^ 0x5c;
  SHA1_Init(&prepared->outer);
  SHA1_Update(&prepared->outer, block, SHA_CBLOCK);
  OPENSSL_cleanse(block, sizeof block);
}

static inline void tandem_hmac_sha1(const struct tandem_hmac_sha1_key *key, const void *bytes, size_t count,
                                    const void *more, size_t more_count, unsigned char code[20]) {
  SHA_CTX running = key->inner;
  SHA1_Update(&running, bytes, count);
  SHA1_Update(&running, more, more_count);
  SHA1_Final(code, &running);
  running = key->outer;
  SHA1_Update(&running, code, SHA_DIGEST_LENGTH);
  SHA1_Final(code, &running);
}
#pragma clang diagnostic pop

// DTLS: what OpenSSL offers as macros only.
static inline int tandem_dtls_only_1_2(SSL_CTX *context) {
  return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) &&
         SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION);
}
static inline int tandem_set_groups(SSL_CTX *context, const char *names) {
  return (int)SSL_CTX_set1_groups_list(context, names);
}
static inline void tandem_dtls_options(SSL_CTX *context) {
  SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}
static inline int tandem_set_max_send_fragment(SSL_CTX *context, long count) {
  return (int)SSL_CTX_set_max_send_fragment(context, count);
}
static inline void tandem_set_mtu(SSL *ssl, long mtu) { SSL_set_mtu(ssl, mtu); }
// Microseconds until a retransmission is due; -1 when none is.
static inline int64_t tandem_dtls_timeout_microseconds(SSL *ssl) {
  struct timeval left;
  if (DTLSv1_get_timeout(ssl, &left) != 1) return -1;
  return (int64_t)left.tv_sec * 1000000 + left.tv_usec;
}
static inline int tandem_dtls_handle_timeout(SSL *ssl) { return (int)DTLSv1_handle_timeout(ssl); }
static inline void tandem_bio_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void tandem_bio_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }
static inline EVP_PKEY *tandem_generate_p256(void) { return EVP_EC_gen("P-256"); }
static inline void tandem_tls_at_least_1_2(SSL_CTX *context) { SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION); }
// The name that the certificate has to be for: an address is compared as one, and not sent as a name.
static inline void tandem_tls_host(SSL *ssl, const char *host) {
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1) return;
  SSL_set1_host(ssl, host);
  SSL_set_tlsext_host_name(ssl, host);
}
