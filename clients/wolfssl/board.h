/* Behind a firmware's user_settings.h and before the library's settings.h:
 * takes back what this machine has not got and what settings.h cannot be read
 * with. What settings.h makes of the board for TLS (FreeRTOS: no DH unless
 * asked for) is left to it; board/wolfssl/wolfcrypt/settings.h takes back the
 * rest behind it. Limits, suites, versions and certificate rules stay. */

/* Assembly: the same functions are there in C. */
#undef WOLFSSL_ARMASM
#undef WOLFSSL_ARMASM_INLINE
#undef WOLFSSL_ARMASM_THUMB2
#undef WOLFSSL_SP_ASM
#undef WOLFSSL_SP_ARM32_ASM
#undef WOLFSSL_SP_ARM64_ASM
#undef WOLFSSL_SP_ARM_THUMB_ASM
#undef WOLFSSL_SP_ARM_CORTEX_M_ASM
#undef WOLFSSL_SP_X86
#undef WOLFSSL_SP_ARM32
#undef WOLFSSL_SP_ARM64
#undef WOLFSSL_SP_ARM_THUMB
#undef WOLFSSL_SP_ARM_CORTEX_M
#undef WOLFSSL_SP_PPC
#undef WOLFSSL_SP_PPC64
#undef WOLFSSL_SP_MIPS
#undef WOLFSSL_SP_MIPS64
#undef WOLFSSL_SP_S390X
#undef WOLFSSL_SP_RISCV32
#undef WOLFSSL_SP_RISCV64
#undef WOLFSSL_SP_X86_64_ASM
#undef WOLFSSL_RISCV_ASM
#undef WOLFSSL_PPC32_ASM
#undef WOLFSSL_PPC64_ASM
#undef WOLFSSL_DSP
#undef WOLFSSL_AESNI
#undef HAVE_INTEL_AVX1
#undef HAVE_INTEL_AVX2
#undef HAVE_INTEL_RDSEED
#undef HAVE_INTEL_RDRAND
#undef HAVE_INTEL_SPEEDUP
#undef USE_INTEL_SPEEDUP
#undef USE_INTEL_CHACHA_SPEEDUP
#undef USE_INTEL_POLY1305_SPEEDUP
#undef TFM_ARM
#undef TFM_AVR32
#undef TFM_MIPS
#undef TFM_PPC32

/* Computing that waits for an engine, or is done in slices. */
#undef WOLFSSL_ASYNC_CRYPT
#undef WC_ASYNC_DEV_SIZE
#undef WC_ECC_NONBLOCK
#undef WC_ECC_NONBLOCK_ONLY
#undef WC_X25519_NONBLOCK
#undef WC_RSA_NONBLOCK
#undef WC_RSA_NONBLOCK_TIME
#undef WOLFSSL_SP_NONBLOCK
#undef WOLF_CRYPTO_CB_ONLY_RSA
#undef WOLF_CRYPTO_CB_ONLY_ECC
#undef WOLF_CRYPTO_CB_ONLY_AES
#undef WOLF_CRYPTO_CB_ONLY_SHA256
#undef WOLF_CRYPTO_CB_ONLY_SHA512

/* Random numbers: the system's seed and the library's own generator. */
#undef CUSTOM_RAND_GENERATE
#undef CUSTOM_RAND_GENERATE_BLOCK
#undef CUSTOM_RAND_GENERATE_SEED
#undef CUSTOM_RAND_GENERATE_SEED_OS
#undef CUSTOM_RAND_TYPE
#undef WC_NO_HASHDRBG
#undef WC_NO_RNG
#undef WC_RNG_SEED_CB
#undef WOLFSSL_GENSEED_FORTEST
#undef USE_TEST_GENSEED

/* Memory. The heap is counted by the shim; pools are not. */
#undef XMALLOC_USER
#undef XMALLOC_OVERRIDE
#undef XMALLOC
#undef XREALLOC
#undef XFREE
#undef WOLFSSL_STATIC_MEMORY
#undef WOLFSSL_STATIC_MEMORY_LEAN
#undef WOLFSSL_NO_MALLOC
#undef WOLFSSL_SP_NO_MALLOC
#undef WOLFSSL_NO_REALLOC
#undef WOLFSSL_TRACK_MEMORY
#undef WOLFSSL_DEBUG_MEMORY
#undef WOLFSSL_DEBUG_MEMORY_PRINT
#undef WOLFSSL_MALLOC_CHECK
#undef WOLFSSL_ESPIDF_ERROR_PAUSE

/* Systems whose part of settings.h is nothing but calls of theirs. */
#undef WOLFSSL_CONTIKI
#undef WOLFSSL_PICOTCP
#undef WOLFSSL_uITRON4
#undef WOLFSSL_uTKERNEL2
#undef WOLFSSL_ZEPHYR
#undef WOLFSSL_NUCLEUS
#undef WOLFSSL_NUCLEUS_1_2
#undef WOLFSSL_EMBOS
#undef WOLFSSL_SAFERTOS
#undef WOLFSSL_CHIBIOS
#undef WOLFSSL_TIRTOS
#undef WOLFSSL_FROSTED
#undef WOLFSSL_CMSIS_RTOS
#undef WOLFSSL_CMSIS_RTOSv2
#undef WOLFSSL_MDK_ARM
#undef WOLFSSL_TELIT_M2MB
#undef WOLFSSL_WICED
#undef RTTHREAD
#undef THREADX
#undef HAVE_NETX
#undef USE_WINDOWS_API
#undef FREERTOS_WINSIM
#undef MICROCHIP_TCPIP
#undef MICROCHIP_TCPIP_V5
#undef HAVE_LIBZ

/* Security chips and engines. What they cannot do is not found out here. */
#undef WOLFSSL_STM32_CUBEMX
#undef WOLFSSL_STM32_PKA
#undef WOLFSSL_STM32_PKA_V2
#undef WOLFSSL_CRYPTOCELL
#undef WOLFSSL_CRYPTOCELL_AES
#undef WOLFSSL_ATECC508A
#undef WOLFSSL_ATECC608A
#undef WOLFSSL_ATECC_RNG
#undef WOLFSSL_MICROCHIP_TA100
#undef WOLFSSL_STSAFEA100
#undef WOLFSSL_STSAFEA120
#undef WOLFSSL_SE050
#undef WOLFSSL_IOTSAFE
#undef HAVE_IOTSAFE_HWRNG
#undef WOLFSSL_SILABS_SE_ACCEL
#undef WOLFSSL_SILABS_SHA_RETAIN
#undef WOLFSSL_HAVE_PSA
#undef WOLFSSL_PSA_NO_RNG
#undef WOLFSSL_MAXQ1065
#undef WOLFSSL_MAXQ108X
#undef WOLFSSL_MAX3266X
#undef WOLFSSL_MAX3266X_OLD
#undef WOLFSSL_CAAM
#undef WOLFSSL_IMX6
#undef WOLFSSL_IMX6_CAAM
#undef WOLFSSL_IMX6Q_CAAM
#undef WOLFSSL_IMXRT1170_CAAM
#undef WOLFSSL_IMXRT_DCP
#undef WOLFSSL_QNX_CAAM
#undef WOLFSSL_SECO_CAAM
#undef WOLFSSL_NXP_LPC55S6X
#undef WOLFSSL_LPC43xx
#undef WOLFSSL_XILINX_CRYPT
#undef WOLFSSL_XILINX_CRYPT_VERSAL
#undef WOLFSSL_AFALG
#undef WOLFSSL_AFALG_XILINX
#undef WOLFSSL_DEVCRYPTO
#undef WOLFSSL_KCAPI
#undef WOLFSSL_PSOC6_CRYPTO
#undef WOLFSSL_SIFIVE_RISC_V
#undef WOLFSSL_TI_HASH
#undef WOLFSSL_TI_CRYPT
#undef WOLFSSL_RPIPICO
#undef WOLFSSL_RENESAS_TSIP
#undef WOLFSSL_RENESAS_TSIP_CRYPT
#undef WOLFSSL_RENESAS_TSIP_TLS
#undef WOLFSSL_RENESAS_TSIP_CRYPT_ONLY
#undef WOLFSSL_RENESAS_TSIP_USAGE
#undef WOLFSSL_RENESAS_TSIP_CRYPTONLY
#undef WOLFSSL_RENESAS_SCEPROTECT
#undef WOLFSSL_RENESAS_SCEPROTECT_CRYPTONLY
#undef WOLFSSL_RENESAS_FSPSM
#undef WOLFSSL_RENESAS_FSPSM_TLS
#undef WOLFSSL_RENESAS_FSPSM_ECC
#undef WOLFSSL_RENESAS_FSPSM_CRYPTONLY
#undef WOLFSSL_RENESAS_RSIP
#undef WOLFSSL_RENESAS_RX64_HASH
#undef WOLFSSL_RENESAS_RX65N
#undef WOLFSSL_RENESAS_RX72N
#undef WOLFSSL_RENESAS_RA6M3
#undef WOLFSSL_RENESAS_RA6M3G
#undef WOLFSSL_RENESAS_RA6M4
#undef WOLFSSL_RENESAS_RZN2L
#undef WOLFSSL_SCE

/* Types and names of other machines. */
#undef WC_16BIT_CPU
#undef NO_64BIT
#undef time_t
#undef printf
#undef fprintf
#undef ntohs
#undef ntohl
#undef htons
#undef htonl

/* settings.h stops if an Arduino has not said how it tells the time. */
#ifdef WOLFSSL_ARDUINO
#ifndef XTIME
#define XTIME(t) time((t))
#endif
#ifndef XGMTIME
#define XGMTIME(c, t) gmtime((c))
#endif
#endif

/* The server's code of 5.7.2 asks for a cache of sessions that is not there,
 * and does not link. The client has no part in it. */
#if defined(HAVE_SESSION_TICKET) && defined(NO_SESSION_CACHE)
#undef NO_WOLFSSL_SERVER
#define NO_WOLFSSL_SERVER
#endif

/* The port's own header, which settings.h reads for FreeRTOS's heap. */
#define __ESP_SDK_LIB_H__
