// Embeds the files of Sources/Page/assets. The compiler lists them as dependencies of this file, so editing one
// rebuilds it. A new file needs its two lines here and nothing else.

#include "CPage.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

#define HTML "text/html; charset=utf-8"
#define SCRIPT "text/javascript; charset=utf-8"
#define TYPES "text/plain; charset=utf-8"
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
static const unsigned char sdk_direct[] = {
#embed "../../Page/assets/tandem/direct.js"
};
static const unsigned char sdk_queue[] = {
#embed "../../Page/assets/tandem/queue.js"
};
static const unsigned char sdk_room[] = {
#embed "../../Page/assets/tandem/room.js"
};
static const unsigned char sdk_server[] = {
#embed "../../Page/assets/tandem/server.js"
};
static const unsigned char sdk_session[] = {
#embed "../../Page/assets/tandem/session.js"
};
static const unsigned char sdk_sizes[] = {
#embed "../../Page/assets/tandem/sizes.js"
};
static const unsigned char sdk_shortcut[] = {
#embed "../../Page/assets/tandem/shortcut.js"
};
static const unsigned char sdk_wire[] = {
#embed "../../Page/assets/tandem/wire.js"
};
static const unsigned char call_common[] = {
#embed "../../Page/assets/call/common.js"
};
static const unsigned char call_devices[] = {
#embed "../../Page/assets/call/devices.js"
};
static const unsigned char call_people[] = {
#embed "../../Page/assets/call/people.js"
};
static const unsigned char call_talk[] = {
#embed "../../Page/assets/call/talk.js"
};
static const unsigned char sdk_types[] = {
#embed "../../Page/assets/tandem.d.ts"
};
static const unsigned char sdk_attention[] = {
#embed "../../Page/assets/tandem/attention.js"
};
static const unsigned char sdk_capture[] = {
#embed "../../Page/assets/tandem/capture.js"
};
static const unsigned char sdk_errors[] = {
#embed "../../Page/assets/tandem/errors.js"
};
static const unsigned char sdk_measure[] = {
#embed "../../Page/assets/tandem/measure.js"
};
static const unsigned char sdk_opus[] = {
#embed "../../Page/assets/tandem/opus.js"
};
static const unsigned char call_language[] = {
#embed "../../Page/assets/call/language.js"
};
static const unsigned char call_words[] = {
#embed "../../Page/assets/call/words.js"
};
static const unsigned char call_consent[] = {
#embed "../../Page/assets/call/consent.js"
};
static const unsigned char call_meter[] = {
#embed "../../Page/assets/call/meter.js"
};
static const unsigned char call_trouble[] = {
#embed "../../Page/assets/call/trouble.js"
};
static const unsigned char tongue[] = {
#embed "../../Page/assets/tongue.js"
};
static const unsigned char console_page[] = {
#embed "../../Page/assets/console.html"
};
static const unsigned char console_script[] = {
#embed "../../Page/assets/console.js"
};
static const unsigned char console_style[] = {
#embed "../../Page/assets/console.css"
};
static const unsigned char console_api[] = {
#embed "../../Page/assets/console/api.js"
};
static const unsigned char console_charts[] = {
#embed "../../Page/assets/console/charts.js"
};
static const unsigned char console_house[] = {
#embed "../../Page/assets/console/house.js"
};
static const unsigned char console_language[] = {
#embed "../../Page/assets/console/language.js"
};
static const unsigned char console_live[] = {
#embed "../../Page/assets/console/live.js"
};
static const unsigned char console_matching[] = {
#embed "../../Page/assets/console/matching.js"
};
static const unsigned char console_parts[] = {
#embed "../../Page/assets/console/parts.js"
};
static const unsigned char console_player[] = {
#embed "../../Page/assets/console/player.js"
};
static const unsigned char console_recordings[] = {
#embed "../../Page/assets/console/recordings.js"
};
static const unsigned char console_sessions[] = {
#embed "../../Page/assets/console/sessions.js"
};
static const unsigned char console_tryit[] = {
#embed "../../Page/assets/console/tryit.js"
};
static const unsigned char console_words[] = {
#embed "../../Page/assets/console/words.js"
};
static const unsigned char icon[] = {
#embed "../../Page/assets/favicon.svg"
};

static const struct tandem_page_asset assets[] = {
    {"/", HTML, page, sizeof page},
    {"/call.js", SCRIPT, call_script, sizeof call_script},
    {"/call.css", STYLE, call_style, sizeof call_style},
    {"/tandem.js", SCRIPT, sdk, sizeof sdk},
    {"/tandem/direct.js", SCRIPT, sdk_direct, sizeof sdk_direct},
    {"/tandem/queue.js", SCRIPT, sdk_queue, sizeof sdk_queue},
    {"/tandem/room.js", SCRIPT, sdk_room, sizeof sdk_room},
    {"/tandem/server.js", SCRIPT, sdk_server, sizeof sdk_server},
    {"/tandem/session.js", SCRIPT, sdk_session, sizeof sdk_session},
    {"/tandem/sizes.js", SCRIPT, sdk_sizes, sizeof sdk_sizes},
    {"/tandem/shortcut.js", SCRIPT, sdk_shortcut, sizeof sdk_shortcut},
    {"/tandem/wire.js", SCRIPT, sdk_wire, sizeof sdk_wire},
    {"/call/common.js", SCRIPT, call_common, sizeof call_common},
    {"/call/devices.js", SCRIPT, call_devices, sizeof call_devices},
    {"/call/people.js", SCRIPT, call_people, sizeof call_people},
    {"/call/talk.js", SCRIPT, call_talk, sizeof call_talk},
    {"/tandem.d.ts", TYPES, sdk_types, sizeof sdk_types},
    {"/tandem/attention.js", SCRIPT, sdk_attention, sizeof sdk_attention},
    {"/tandem/capture.js", SCRIPT, sdk_capture, sizeof sdk_capture},
    {"/tandem/errors.js", SCRIPT, sdk_errors, sizeof sdk_errors},
    {"/tandem/measure.js", SCRIPT, sdk_measure, sizeof sdk_measure},
    {"/tandem/opus.js", SCRIPT, sdk_opus, sizeof sdk_opus},
    {"/call/language.js", SCRIPT, call_language, sizeof call_language},
    {"/call/words.js", SCRIPT, call_words, sizeof call_words},
    {"/call/consent.js", SCRIPT, call_consent, sizeof call_consent},
    {"/call/meter.js", SCRIPT, call_meter, sizeof call_meter},
    {"/call/trouble.js", SCRIPT, call_trouble, sizeof call_trouble},
    {"/tongue.js", SCRIPT, tongue, sizeof tongue},
    {"/console", HTML, console_page, sizeof console_page},
    {"/console.js", SCRIPT, console_script, sizeof console_script},
    {"/console.css", STYLE, console_style, sizeof console_style},
    {"/console/api.js", SCRIPT, console_api, sizeof console_api},
    {"/console/charts.js", SCRIPT, console_charts, sizeof console_charts},
    {"/console/house.js", SCRIPT, console_house, sizeof console_house},
    {"/console/language.js", SCRIPT, console_language, sizeof console_language},
    {"/console/live.js", SCRIPT, console_live, sizeof console_live},
    {"/console/matching.js", SCRIPT, console_matching, sizeof console_matching},
    {"/console/parts.js", SCRIPT, console_parts, sizeof console_parts},
    {"/console/player.js", SCRIPT, console_player, sizeof console_player},
    {"/console/recordings.js", SCRIPT, console_recordings, sizeof console_recordings},
    {"/console/sessions.js", SCRIPT, console_sessions, sizeof console_sessions},
    {"/console/tryit.js", SCRIPT, console_tryit, sizeof console_tryit},
    {"/console/words.js", SCRIPT, console_words, sizeof console_words},
    {"/favicon.svg", "image/svg+xml", icon, sizeof icon},
};

size_t tandem_page_asset_count(void) { return sizeof assets / sizeof assets[0]; }

struct tandem_page_asset tandem_page_asset_at(size_t index) { return assets[index]; }
