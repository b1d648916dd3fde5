/** What the tests of a tool use; a plugin's tests import the same as `tstrace/testing`. */
export {toolMark} from './engine/definition.js'
export {generateProgram} from './engine/generate.js'
export {problemsOf} from './engine/testing/problems.js'
export {
  type JsonRecord,
  type RunningTool,
  runTool,
  startTool,
  type ToolOutcome,
} from './engine/testing/start.js'
