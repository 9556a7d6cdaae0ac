/* `chainbreak report`: judge a finished run again and render its reports. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

/* Exit status as in base/diag.h. */
int cmd_report(int argc, char **argv);

#endif
