// The web page's files as bytes of the binary. The one reader is Sources/Page/Assets.swift.

#ifndef TANDEM_CPAGE_H
#define TANDEM_CPAGE_H

#include <stddef.h>

struct tandem_page_asset {
  const char *path;
  const char *content_type;
  const unsigned char *bytes;
  size_t length;
};

size_t tandem_page_asset_count(void);
struct tandem_page_asset tandem_page_asset_at(size_t index);

#endif
