// Embeds the files of Sources/Page/assets. The compiler lists them as dependencies of this file, so editing one
// rebuilds it. A new file needs its two lines here and nothing else.

#include "CPage.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

#define HTML "text/html; charset=utf-8"
#define SCRIPT "text/javascript; charset=utf-8"
#define STYLE "text/css; charset=utf-8"

static const unsigned char page[] = {
#embed "../../Page/assets/index.html"
};
static const unsigned char call_script[] = {
#embed "../../Page/assets/call.js"
};
static const unsigned char call_style[] = {
#embed "../../Page/assets/call.css"
};
static const unsigned char sdk[] = {
#embed "../../Page/assets/tandem.js"
};
static const unsigned char icon[] = {
#embed "../../Page/assets/favicon.svg"
};

static const struct tandem_page_asset assets[] = {
    {"/", HTML, page, sizeof page},
    {"/call.js", SCRIPT, call_script, sizeof call_script},
    {"/call.css", STYLE, call_style, sizeof call_style},
    {"/tandem.js", SCRIPT, sdk, sizeof sdk},
    {"/favicon.svg", "image/svg+xml", icon, sizeof icon},
};

size_t tandem_page_asset_count(void) { return sizeof assets / sizeof assets[0]; }

struct tandem_page_asset tandem_page_asset_at(size_t index) { return assets[index]; }
