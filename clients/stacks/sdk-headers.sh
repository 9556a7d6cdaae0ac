#!/bin/sh
# What a firmware's configuration asks of the board's SDK: sdk-headers.sh STACK-FOLDER HEADER COMPILER WORD...
# Headers that the library's HEADER needs and that are not found become empty files of STACK-FOLDER/sdk (which
# the compiler searches last), if sdk-headers.txt knows them. Prints why that cannot be, for make's $(error).
# Leaves STACK-FOLDER/sdk-headers and STACK-FOLDER/taken-back: what a build says of itself, in a line each.
stack=$1
header=$2
shift 2
names=$(dirname "$0")/sdk-headers.txt
fresh=$stack/sdk.new
rm -rf "$fresh"
mkdir -p "$fresh" || exit

known() {
    while IFS= read -r pattern; do
        # shellcheck disable=SC2254 # a pattern it is
        case $1 in $pattern) return 0 ;; esac
    done < "$names"
    return 1
}

keep() { # only what is new gets a new time
    if [ -e "$2" ] && diff -rq "$1" "$2" > "$stack/sdk.differs"; then
        rm -rf "$1"
    else
        rm -rf "$2"
        mv "$1" "$2"
    fi
    rm -f "$stack/sdk.differs"
}

read_header() {
    printf '#include <%s>\n' "$header" |
        LC_ALL=C "$@" -idirafter "$fresh" -x c -E -dD -o "$stack/sdk.text" - 2> "$stack/sdk.errors"
}

while ! read_header "$@"; do
    # "PLACE:LINE:COLUMN: fatal error: NAME: No such file or directory", or clang's 'NAME' file not found
    line=$(grep -m1 -E 'fatal error: .*(No such file|file not found)' "$stack/sdk.errors") || break
    name=$(printf '%s\n' "$line" | sed -e "s/.*fatal error: //" -e "s/: No such file.*//" -e "s/ file not found.*//" -e "s/'//g")
    case $name in /* | *..*) break ;; esac
    [ -e "$fresh/$name" ] && break
    if ! known "$name"; then
        place=${line%%: fatal error*}
        printf '%s is not here (%s asks for it): give its folder with --include\n' "$name" "${place%:*}"
        rm -rf "$fresh"
        exit
    fi
    mkdir -p "$fresh/$(dirname "$name")"
    : > "$fresh/$name"
done

(cd "$fresh" && find . -type f | sed 's,^\./,,' | sort | awk '{ printf "%s%s", n++ ? ", " : "", $0 } END { if (n) print "" }') \
    > "$stack/sdk-headers.new"
# In the text, lines "# NUMBER "FILE"" say whose the next ones are.
awk '
/^# [0-9]/ { board = $3 ~ /clients\/[a-z]+\/board(\.h|\/)/; next }
/^#define / { name = $2; sub(/\(.*/, "", name); if (!board) set[name] = 1; next }
/^#undef / { if (board && set[$2] && !seen[$2]++) { printf "%s%s", n++ ? ", " : "", $2 } delete set[$2] }
END { if (n) print "" }' "$stack/sdk.text" 2> /dev/null > "$stack/taken-back.new"
rm -f "$stack/sdk.text" "$stack/sdk.errors"
if [ -s "$stack/sdk-headers.new" ]; then
    echo "empty files stand for: $(cat "$stack/sdk-headers.new")" >&2
fi
keep "$fresh" "$stack/sdk"
keep "$stack/sdk-headers.new" "$stack/sdk-headers"
keep "$stack/taken-back.new" "$stack/taken-back"
