#!/bin/sh
# archive_command ("archive %p %f") and restore_command ("fetch %f %p") of a PostgreSQL beside which there is no Python: hands a file
# to `python -m impl.wal serve`, which shares a folder with it, waits until it is in the bucket or out of it, and ends with its status.
set -u
spool=${WAL_SPOOL:-/wal}
case $1 in
archive) failed=1 path=$2 name=$3 ;;
fetch) failed=200 name=$2 path=$3 ;;
*) exit 200 ;;
esac
rm -f "$spool/done/$name" || exit $failed
if [ "$1" = archive ]; then
    # PostgreSQL's files are its user's alone, and the archiver runs as another one.
    cp "$path" "$spool/part/$name" && chmod 644 "$spool/part/$name" && mv "$spool/part/$name" "$spool/archive/$name" || exit $failed
else
    : >"$spool/fetch/$name" || exit $failed
fi
# PostgreSQL asks again; it cannot stop while this waits.
left=${WAL_TRIES:-75}
while [ ! -e "$spool/done/$name" ]; do
    left=$((left - 1))
    [ $left -gt 0 ] || exit $failed
    sleep 0.2
done
read -r status <"$spool/done/$name" || status=$failed
if [ "$1$status" = fetch0 ]; then
    cp "$spool/fetched/$name" "$path" || status=$failed
    rm -f "$spool/fetched/$name"
fi
rm -f "$spool/done/$name"
exit "$status"
