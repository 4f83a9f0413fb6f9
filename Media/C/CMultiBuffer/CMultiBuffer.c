#include "CMultiBuffer.h"

#if __has_include(<intel-ipsec-mb.h>)

#include <dlfcn.h>
#include <intel-ipsec-mb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct tandem_gcm {
  struct gcm_key_data key;
  int is_long;
};

// Its functions are pointers that are chosen for the processor; nothing else of it is used, so threads may share it.
static IMB_MGR *manager;
static const char *reason = "it was not asked for";
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
  void *library = dlopen("libIPSec_MB.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    reason = "libIPSec_MB.so.1 is not installed (package libipsec-mb1)";
    return;
  }
  __typeof__(&alloc_mb_mgr) make;
  __typeof__(&init_mb_mgr_auto) begin;
  __typeof__(&imb_get_version) version;
  *(void **)&make = dlsym(library, "alloc_mb_mgr");
  *(void **)&begin = dlsym(library, "init_mb_mgr_auto");
  *(void **)&version = dlsym(library, "imb_get_version");
  // The table of functions is laid out as in the headers of one version.
  if (!make || !begin || !version || version() >> 8 != IMB_VERSION_NUM >> 8) {
    reason = "libIPSec_MB.so.1 is of another version than this program was built for";
    return;
  }
  IMB_MGR *made = make(0);
  if (!made) {
    reason = "no memory for libIPSec_MB";
    return;
  }
  IMB_ARCH used = IMB_ARCH_NONE;
  begin(made, &used);
  if (used < IMB_ARCH_AVX || !(made->features & IMB_FEATURE_AESNI) || !(made->features & IMB_FEATURE_PCLMULQDQ)) {
    reason = "this processor has no AES instructions that libIPSec_MB uses";
    return;
  }
  manager = made;
  reason = NULL;
}

const char *tandem_gcm_load(void) {
  pthread_once(&once, load);
  return reason;
}

tandem_gcm *tandem_gcm_make(const uint8_t *key, size_t count) {
  // A processor reads round keys best from whole cache lines.
  size_t size = (sizeof(tandem_gcm) + 63) & ~(size_t)63;
  tandem_gcm *gcm = aligned_alloc(64, size);
  if (!gcm) return NULL;
  memset(gcm, 0, size);
  gcm->is_long = count == 32;
  if (gcm->is_long)
    IMB_AES256_GCM_PRE(manager, key, &gcm->key);
  else
    IMB_AES128_GCM_PRE(manager, key, &gcm->key);
  return gcm;
}

void tandem_gcm_free(tandem_gcm *gcm) {
  if (!gcm) return;
  explicit_bzero(gcm, sizeof *gcm);
  free(gcm);
}

void tandem_gcm_seal(
    const tandem_gcm *gcm, const uint8_t vector[12], const uint8_t *authentic, size_t authentic_count, uint8_t *bytes,
    size_t count, const uint8_t *rest, size_t rest_count, uint8_t *tag) {
  struct gcm_context_data state;
  const struct gcm_key_data *key = &gcm->key;
  if (gcm->is_long) {
    IMB_AES256_GCM_INIT(manager, key, &state, vector, authentic, authentic_count);
    if (count > 0) IMB_AES256_GCM_ENC_UPDATE(manager, key, &state, bytes, bytes, count);
    if (rest_count > 0) IMB_AES256_GCM_ENC_UPDATE(manager, key, &state, bytes + count, rest, rest_count);
    IMB_AES256_GCM_ENC_FINALIZE(manager, key, &state, tag, 16);
  } else {
    IMB_AES128_GCM_INIT(manager, key, &state, vector, authentic, authentic_count);
    if (count > 0) IMB_AES128_GCM_ENC_UPDATE(manager, key, &state, bytes, bytes, count);
    if (rest_count > 0) IMB_AES128_GCM_ENC_UPDATE(manager, key, &state, bytes + count, rest, rest_count);
    IMB_AES128_GCM_ENC_FINALIZE(manager, key, &state, tag, 16);
  }
}

int tandem_gcm_open(
    const tandem_gcm *gcm, const uint8_t vector[12], const uint8_t *authentic, size_t authentic_count, uint8_t *bytes,
    size_t count, const uint8_t *tag) {
  struct gcm_context_data state;
  const struct gcm_key_data *key = &gcm->key;
  uint8_t own[16];
  if (gcm->is_long)
    IMB_AES256_GCM_DEC(manager, key, &state, bytes, bytes, count, vector, authentic, authentic_count, own, 16);
  else
    IMB_AES128_GCM_DEC(manager, key, &state, bytes, bytes, count, vector, authentic, authentic_count, own, 16);
  uint8_t difference = 0;
  for (int index = 0; index < 16; index++) difference |= own[index] ^ tag[index];
  return difference == 0;
}

#else

// Other processors have no such library.
const char *tandem_gcm_load(void) { return "this program was built without libipsec-mb"; }
tandem_gcm *tandem_gcm_make(const uint8_t *key, size_t count) { return (void)key, (void)count, (tandem_gcm *)0; }
void tandem_gcm_free(tandem_gcm *gcm) { (void)gcm; }
void tandem_gcm_seal(
    const tandem_gcm *gcm, const uint8_t vector[12], const uint8_t *authentic, size_t authentic_count, uint8_t *bytes,
    size_t count, const uint8_t *rest, size_t rest_count, uint8_t *tag) {
  (void)gcm, (void)vector, (void)authentic, (void)authentic_count, (void)bytes, (void)count, (void)rest,
      (void)rest_count, (void)tag;
}
int tandem_gcm_open(
    const tandem_gcm *gcm, const uint8_t vector[12], const uint8_t *authentic, size_t authentic_count, uint8_t *bytes,
    size_t count, const uint8_t *tag) {
  (void)gcm, (void)vector, (void)authentic, (void)authentic_count, (void)bytes, (void)count, (void)tag;
  return 0;
}

#endif
