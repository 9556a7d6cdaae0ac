/* Behind a firmware's user_settings.h: takes back what only the board's
 * processor can do. The same functions are there in C. */
#undef WOLFSSL_ARMASM
#undef WOLFSSL_SP_ASM
#undef WOLFSSL_SP_ARM32_ASM
#undef WOLFSSL_SP_ARM64_ASM
#undef WOLFSSL_SP_ARM_THUMB_ASM
#undef WOLFSSL_SP_ARM_CORTEX_M_ASM
#undef TFM_ARM
