/** What is written to stderr while `act` runs; none of it reaches the terminal. */
export async function stderrOf(act: () => void | Promise<void>): Promise<string> {
  const {stderr} = process
  const write = stderr.write.bind(stderr)
  let text = ''
  stderr.write = (chunk) => {
    text += String(chunk)
    return true
  }
  try {
    await act()
  } finally {
    stderr.write = write
  }
  return text
}
