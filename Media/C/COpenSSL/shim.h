#pragma once
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

// A macro of macros, which Swift can't see.
enum { TANDEM_EVP_PKEY_PUBLIC_KEY = EVP_PKEY_PUBLIC_KEY };
