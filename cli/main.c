/* The chainbreak program: finds the subcommand, nothing else. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/board.h"
#include "cli/ctl.h"
#include "cli/describe.h"
#include "cli/diff.h"
#include "cli/endpoint.h"
#include "cli/explain.h"
#include "cli/list.h"
#include "cli/report.h"
#include "cli/rotate.h"
#include "cli/run.h"
#include "cli/serve.h"
#include "cli/stack.h"
#include "cli/twin.h"
#include "base/diag.h"
#include "base/file.h"

static const char version[] = "chainbreak 0.1.0";

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help; /* NULL: not for people */
} commands[] = {
    {"run", cmd_run, "run devices against scenarios and judge what happens"},
    {"diff", cmd_diff, "where two stack builds, or two runs, disagree"},
    {"explain", cmd_explain, "tell the story of one cell of a run"},
    {"report", cmd_report, "judge and render a finished run again"},
    {"list", cmd_list, "list scenarios, devices, stacks or cells"},
    {"describe", cmd_describe, "print what a stack build is and can do"},
    {"stack", cmd_stack, "list, build, add and remove stack builds"},
    {"serve", cmd_serve, "serve one endpoint state by itself"},
    {"board", cmd_board, "take a board on the bench through a plan"},
    {"ctl", cmd_ctl, "ask or change an account that is served"},
    {"rotate", cmd_rotate, "rotate device certificates, with what goes wrong"},
    {"twin", cmd_twin, "make the twin of a trust store and a chain"},
    {"endpoint", cmd_endpoint, NULL},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_help(FILE *to)
{
    fprintf(to, "Usage: chainbreak COMMAND [OPTION...]\n"
                "Which devices stop connecting when a server's certificate "
                "chain or TLS policy\nchanges, and why.\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        if (commands[i].help)
            fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].help);
    fprintf(to, "\nEach command has --help. Exit status: 0 the gate held, 1 it "
                "did not, 2 bad input\nor usage, 3 the harness failed.\n");
}

/* Some commands change to the project's folder; what was meant from here must
 * still be meant there. */
static void set_absolute(const char *variable)
{
    const char *set = getenv(variable);
    char *here = set && *set && *set != '/' ? getcwd(NULL, 0) : NULL;
    char *whole = here ? format("%s/%s", here, set) : NULL;

    if (whole)
        setenv(variable, whole, 1);
    free(here);
    free(whole);
}

int main(int argc, char **argv)
{
    static char invoked[64]; /* what argp calls the program */
    const char *name = argc > 1 ? argv[1] : "";

    diag_program("chainbreak");
    set_absolute("CHAINBREAK_CACHE");
    set_absolute("CHAINBREAK_HOME");
    argp_err_exit_status = EXIT_USAGE_ERROR;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(name, commands[i].name) != 0)
            continue;
        snprintf(invoked, sizeof invoked, "chainbreak %s", name);
        argv[1] = invoked;
        return commands[i].run(argc - 1, argv + 1);
    }
    if (!strcmp(name, "--version")) {
        puts(version);
        return EXIT_HELD;
    }
    if (!strcmp(name, "--help") || !strcmp(name, "help")) {
        print_help(stdout);
        return EXIT_HELD;
    }
    if (*name)
        diag("%s: no such command", name);
    print_help(stderr);
    return EXIT_USAGE_ERROR;
}
