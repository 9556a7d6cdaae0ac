/* Found before the library's settings.h, which has read the firmware's
 * user_settings.h when its last line is reached: takes back the board's system,
 * memory, clock and string functions, so that what includes it next is portable
 * C. See clients/wolfssl/board.h. */
#ifndef CLIENTS_WOLFSSL_BOARD_SETTINGS_H
#define CLIENTS_WOLFSSL_BOARD_SETTINGS_H

#include_next <wolfssl/wolfcrypt/settings.h>

#ifdef WOLFSSL_USER_SETTINGS

/* Systems. */
#undef FREERTOS
#undef FREERTOS_TCP
#undef WOLFSSL_ESPIDF
#undef WOLFSSL_LWIP
#undef WOLFSSL_LWIP_NATIVE
#undef HAVE_LWIP_NATIVE
#undef WOLFSSL_ARDUINO
#undef ARDUINO
#undef PLATFORMIO
#undef MICRIUM
#undef EBSNET
#undef INTIME_RTOS
#undef WOLFSSL_DEOS
#undef WOLFSSL_DEOS_RTEMS
#undef WOLFSSL_APACHE_MYNEWT
#undef WOLFSSL_UTASKER
#undef WOLFSSL_VXWORKS
#undef WOLFSSL_XILINX
#undef WOLFSSL_NETBURNER
#undef WOLFSSL_AZSPHERE
#undef WOLFSSL_KEIL_TCP_NET
#undef WOLFSSL_KEIL_FS
#undef WOLFSSL_IAR_ARM
#undef WOLFSSL_ROWLEY_ARM
#undef WOLFSSL_MCF5441X
#undef WOLFSSL_LSR
#undef LSR_FS
#undef MBED
#undef NETOS
#undef FREESCALE_MQX
#undef FREESCALE_MQX_4_0
#undef FREESCALE_MQX_5_0
#undef FREESCALE_KSDK_MQX
#undef FREESCALE_KSDK_BM
#undef FREESCALE_KSDK_1_3
#undef FREESCALE_KSDK_FREERTOS
#undef FREESCALE_FREE_RTOS
#undef FREESCALE_COMMON
#undef WOLFSSL_USER_MUTEX
#undef WOLFSSL_USER_FILESYSTEM

/* Engines that settings.h chose for the processor. */
#undef WOLFSSL_CRYPT_HW_MUTEX
#undef WOLFSSL_ESP32
#undef WOLFSSL_ESPWROOM32
#undef WOLFSSL_ESPWROOM32SE
#undef WOLFSSL_ESP8266
#undef WOLFSSL_ESP32_CRYPT
#undef WOLFSSL_ESP32_CRYPT_RSA_PRI
#undef WOLFSSL_ESP32WROOM32_CRYPT
#undef WOLFSSL_ESP32WROOM32_CRYPT_RSA_PRI
#undef WOLFSSL_HW_METRICS
#undef STM32_RNG
#undef STM32_CRYPTO
#undef STM32_HASH
#undef STM32_HMAC
#undef WOLFSSL_STM32F427_RNG
#undef WOLFSSL_STM32F1
#undef WOLFSSL_STM32F2
#undef WOLFSSL_STM32F4
#undef WOLFSSL_STM32F7
#undef WOLFSSL_STM32L4
#undef WOLFSSL_STM32L5
#undef WOLFSSL_STM32H5
#undef WOLFSSL_STM32H7
#undef WOLFSSL_STM32H7S
#undef WOLFSSL_STM32G0
#undef WOLFSSL_STM32G4
#undef WOLFSSL_STM32U3
#undef WOLFSSL_STM32U5
#undef WOLFSSL_STM32WB
#undef WOLFSSL_STM32WBA
#undef WOLFSSL_STM32WL
#undef WOLFSSL_STM32N6
#undef WOLFSSL_STM32MP13
#undef HAL_RTC_MODULE_ENABLED
#undef MICROCHIP_PIC24
#undef MICROCHIP_PIC32
#undef WOLFSSL_MICROCHIP_PIC32M
#undef WOLFSSL_MICROCHIP_PIC32MZ
#undef WOLFSSL_PIC32MZ_CRYPT
#undef WOLFSSL_PIC32MZ_RNG
#undef WOLFSSL_PIC32MZ_HASH
#undef FREESCALE_RNGA
#undef FREESCALE_K70_RNGA
#undef FREESCALE_K53_RNGB
#undef FREESCALE_KSDK_2_0_TRNG
#undef FREESCALE_KSDK_2_0_RNGA
#undef FREESCALE_USE_MMCAU
#undef FREESCALE_USE_MMCAU_CLASSIC
#undef FREESCALE_MMCAU
#undef FREESCALE_MMCAU_SHA
#undef FREESCALE_MMCAU_CLASSIC
#undef FREESCALE_MMCAU_CLASSIC_SHA
#undef FREESCALE_USE_LTC
#undef FREESCALE_LTC
#undef FREESCALE_LTC_DES
#undef FREESCALE_LTC_AES_GCM
#undef FREESCALE_LTC_SHA
#undef FREESCALE_LTC_ECC
#undef FREESCALE_LTC_TFM
#undef FREESCALE_RTC
#undef FREESCALE_SNVS_RTC
#undef WOLFSSL_NRF5x
#undef WOLFSSL_NRF51
#undef WOLFSSL_NRF51_AES
#undef WOLFSSL_nRF5x_SDK_15_2
#undef WOLFSSL_ATMEL
#undef WOLFSSL_ATMEL_TIME

/* Random numbers and memory. */
#undef CUSTOM_RAND_GENERATE
#undef CUSTOM_RAND_TYPE
#undef NO_DEV_RANDOM
/* Without a file system 5.9 has no other seed. 5.7 looks at errno for it, which
 * headers of boards leave out. */
#include <errno.h>
#undef WOLFSSL_GETRANDOM
#define WOLFSSL_GETRANDOM
#undef XMALLOC_USER
#undef XMALLOC_OVERRIDE
#undef WOLFSSL_NO_MALLOC
#undef XMALLOC
#undef XREALLOC
#undef XFREE
/* With memory of its own, settings.h leaves the library's wrappers out. */
#if !defined(USE_WOLFSSL_MEMORY) && !defined(NO_WOLFSSL_MEMORY)
#define NO_WOLFSSL_MEMORY
#endif

/* Time: the library calls time(), which is the scenario's. NO_ASN_TIME, no
 * dates, stays. */
#undef USER_TIME
#undef USER_TICKS
#undef TIME_OVERRIDES
#undef HAVE_TIME_T_TYPE
#undef HAVE_TM_TYPE
#undef WOLFSSL_GMTIME
#undef USE_WOLF_TM
#undef USE_WOLF_TIME_T
#undef USE_WOLF_SUSECONDS_T
#undef USE_WOLF_TIMEVAL_T
#undef WOLFSSL_CURRTIME_OSTICK
#undef WOLFSSL_CURRTIME_REMAP
#undef XTIME
#undef XTIME_MS
#undef XGMTIME
#undef XCTIME
#undef IDIRECT_DEV_TIME
#undef HAVE_RTP_SYS

/* Strings and output. */
#undef STRING_USER
#undef CTYPE_USER
#undef XMEMCPY
#undef XMEMSET
#undef XMEMCMP
#undef XMEMMOVE
#undef XSTRLEN
#undef XSTRNCPY
#undef XSTRSTR
#undef XSTRNSTR
#undef XSTRCMP
#undef XSTRNCMP
#undef XSTRNCAT
#undef XSTRCAT
#undef XSTRCASECMP
#undef XSTRNCASECMP
#undef XSTRSEP
#undef XSTRTOK
#undef XSNPRINTF
#undef XSPRINTF
#undef XVSNPRINTF
#undef XATOI
#undef XTOUPPER
#undef XTOLOWER
#undef XISALPHA
#undef XISALNUM
#undef XISASCII
#undef XPRINTF
#undef XINET_PTON
#undef XINET_NTOP
#undef XSOCKLENT
#undef WOLFSSL_LOG_PRINTF
#undef WOLFSSL_USER_LOG

/* The machine's own sizes, order of bytes, and no min() and max(). */
#undef BIG_ENDIAN_ORDER
#undef NO_64BIT
#undef WOLFSSL_HAVE_MIN
#undef WOLFSSL_HAVE_MAX
#undef SIZEOF_LONG
#undef SIZEOF_LONG_LONG
#define SIZEOF_LONG      __SIZEOF_LONG__
#define SIZEOF_LONG_LONG __SIZEOF_LONG_LONG__

#endif
#endif
