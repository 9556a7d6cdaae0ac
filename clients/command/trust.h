/* Files that a command needs and a job does not bring: the trust anchors as
 * PEM, the hosts file. Both stand beside the job's anchors and are named by
 * their content, so that later jobs and other processes use them again. */
#ifndef CLIENTS_COMMAND_TRUST_H
#define CLIENTS_COMMAND_TRUST_H

/* The PEM file of a file of concatenated DER certificates; *count gets their
 * number. malloc'd path; NULL, reported. */
char *trust_pem(const char *anchors, unsigned *count);
/* A hosts file that says 127.0.0.1 for a DNS name, beside the anchors. malloc'd
 * path; NULL, reported. */
char *trust_hosts(const char *anchors, const char *name);

#endif
