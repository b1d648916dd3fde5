/** The shells that there is a script for. */
export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/**
 * The script that makes a shell complete `tstrace`. It asks tstrace for candidates at each TAB, and hands what was
 * typed over as arguments: nothing of it is ever evaluated.
 *
 * @param program the words that start tstrace
 */
export function completionScript(shell: Shell, program: readonly string[]): string {
  const escape = shell === 'fish' ? /['\\]/g : /'/g
  const call = program
    .map((word) =>
      /^[\w./-]+$/.test(word)
        ? word
        : `'${word.replace(escape, (char) => (shell === 'fish' ? `\\${char}` : `'\\''`))}'`,
    )
    .join(' ')
  return scripts[shell].replace('PROGRAM', () => call).trimStart()
}

const bash = String.raw`
# Completion of tstrace for bash; made by: tstrace completion bash

_tstrace() {
    local -a answer
    local offset
    COMPREPLY=()
    mapfile -t answer < <(PROGRAM __complete bash "$COMP_LINE" "$COMP_POINT" "$COMP_WORDBREAKS" "$COMP_TYPE" 2>/dev/null </dev/null)
    case ${'$'}{answer[0]-} in
        words) COMPREPLY=("${'$'}{answer[@]:1}") ;;
        nospace) compopt -o nospace; COMPREPLY=("${'$'}{answer[@]:1}") ;;
        files) compopt -o default -o filenames ;;
        command)
            if declare -F _command_offset >/dev/null; then
                for ((offset = 1; offset < COMP_CWORD; offset++)); do
                    [[ ${'$'}{COMP_WORDS[offset]} == -- ]] && break
                done
                _command_offset "$((offset + 1))"
            elif [[ $3 == -- ]]; then
                mapfile -t COMPREPLY < <(compgen -c -- "$2")
            else
                compopt -o default -o filenames
            fi
            ;;
    esac
}

complete -F _tstrace tstrace
`

const zsh = String.raw`
#compdef tstrace
# Completion of tstrace for zsh; made by: tstrace completion zsh

_tstrace() {
    local -a answer names shown space
    local how line
    answer=("${'$'}{(@f)$(PROGRAM __complete zsh "${'$'}{(@Q)words[2,CURRENT-1]}" "${'$'}{(Q)PREFIX}" 2>/dev/null </dev/null)}")
    how=$answer[1]
    shift answer
    case $how in
        files) _files; return ;;
        command\ *)
            shift ${'$'}{how#* } words
            (( CURRENT -= ${'$'}{how#* } ))
            _normal
            return
            ;;
        nospace) space=(-S '') ;;
    esac
    (( $#answer )) || return 1
    for line in "${'$'}{(@)answer}"; do
        names+=("${'$'}{line%%$'\t'*}")
        shown+=("${'$'}{line/$'\t'/  -- }")
    done
    if [[ "$answer" == *$'\t'* ]]; then
        compadd "${'$'}{(@)space}" -l -d shown -a names
    else
        compadd "${'$'}{(@)space}" -a names
    fi
}

if [[ $funcstack[1] == _tstrace ]]; then
    _tstrace "$@"
else
    compdef _tstrace tstrace
fi
`

const fish = String.raw`
# Completion of tstrace for fish; made by: tstrace completion fish

function __tstrace_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answer (PROGRAM __complete fish $words[2..-1] "$current" 2>/dev/null </dev/null)
    set -l how (string split ' ' -- $answer[1])
    switch "$how[1]"
        case files
            __fish_complete_path "$current"
        case command
            set -l command (string escape -- $words[(math $how[2] + 1)..-1])
            complete -C (string join ' ' -- $command "$current")
        case '*'
            printf '%s\n' $answer[2..-1]
    end
end

complete -c tstrace -f -a '(__tstrace_complete)'
`

const scripts: Readonly<Record<Shell, string>> = {bash, zsh, fish}
