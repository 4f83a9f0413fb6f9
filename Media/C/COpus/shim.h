#pragma once
#include <opus/opus.h>

// Swift cannot call functions with an open list of arguments.
static inline int tandem_opus_set_bitrate(OpusEncoder *encoder, int bits_per_second) {
  return opus_encoder_ctl(encoder, OPUS_SET_BITRATE(bits_per_second));
}
static inline int tandem_opus_set_complexity(OpusEncoder *encoder, int complexity) {
  return opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(complexity));
}
static inline int tandem_opus_set_correction(OpusEncoder *encoder, int is_on, int loss_percent) {
  int status = opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(is_on));
  return status ? status : opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(loss_percent));
}
static inline int tandem_opus_set_discontinuous(OpusEncoder *encoder, int is_on) {
  return opus_encoder_ctl(encoder, OPUS_SET_DTX(is_on));
}
static inline int tandem_opus_lookahead(OpusEncoder *encoder) {
  opus_int32 samples = 0;
  return opus_encoder_ctl(encoder, OPUS_GET_LOOKAHEAD(&samples)) ? 0 : (int)samples;
}
