#pragma once
// AES-GCM of Intel's multi-buffer library (libipsec-mb), which costs a packet a quarter to a third of what OpenSSL's
// does: its calls do nothing but the cipher. Loaded when it is asked for, and only where it is installed.

#include <stddef.h>
#include <stdint.h>

/// NULL if it can be used, else why not. Any thread, any number of times.
const char *tandem_gcm_load(void);

typedef struct tandem_gcm tandem_gcm;

/// A key of 16 or 32 bytes; NULL without memory. Only after `tandem_gcm_load` has said yes.
tandem_gcm *tandem_gcm_make(const uint8_t *key, size_t count);
/// Wipes it as well.
void tandem_gcm_free(tandem_gcm *gcm);

/// Encrypts `count` bytes where they lie and `rest` to behind them, and writes the tag of 16 bytes.
void tandem_gcm_seal(
    const tandem_gcm *gcm, const uint8_t vector[12], const uint8_t *authentic, size_t authentic_count, uint8_t *bytes,
    size_t count, const uint8_t *rest, size_t rest_count, uint8_t *tag);

/// Decrypts where they lie; 1 if the tag is the expected one.
int tandem_gcm_open(
    const tandem_gcm *gcm, const uint8_t vector[12], const uint8_t *authentic, size_t authentic_count, uint8_t *bytes,
    size_t count, const uint8_t *tag);
