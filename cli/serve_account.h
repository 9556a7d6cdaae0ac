/* `chainbreak serve --account DIR`: a whole account: its data endpoints with a
 * broker behind them, its control plane. */
#ifndef CLI_SERVE_ACCOUNT_H
#define CLI_SERVE_ACCOUNT_H

struct serve_account {
    const char *dir;
    const char *era, *region; /* of a new one; or NULL */
    const char *listen;       /* an IP address; NULL: the loopback one */
    int fixed_defaults;       /* UpdateDomainConfiguration of iot:Data-ATS and
                                 its like is refused */
    int caps_keep_alive;      /* above 1,200 s: capped, not closed */
    int alerts;               /* a certificate that is not registered, or not
                                 active: in the handshake, not at CONNECT */
    int has_aws_ports;        /* 8883, 443, 8443; else free ones */
};

/* Returns the exit status. */
int serve_account(const struct serve_account *o);

#endif
