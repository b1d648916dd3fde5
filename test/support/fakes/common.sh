# What the fake bpftraces share; each is run by a session as if it were the real one.

marker=__BPFTRACE_NOTIFY_PROBES_ATTACHED
[ -n "${FAKE_PID_FILE-}" ] && echo $$ >"$FAKE_PID_FILE"

row() {
	echo "{\"type\": \"value\", \"data\": [0,$1,\"text $1\"]}"
}

# From here on SIGTERM makes it print its maps and end, as it does bpftrace.
listen() {
	trap 'echo "{\"type\": \"map\", \"data\": {\"@sent\": 2}}"; exit 0' TERM
}

# Waits for SIGTERM.
run_until_stopped() {
	listen
	while :; do sleep 0.02; done
}
