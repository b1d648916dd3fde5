import assert from 'node:assert/strict'
import {Queue} from '#src/engine/backend/queue.js'

describe('Queue', () => {
  const nothing = (): void => {}

  async function collect<T>(queue: Queue<T>): Promise<T[]> {
    const items: T[] = []
    for await (const item of queue) items.push(item)
    return items
  }

  it('gives what was pushed before and during the loop, in order, and calls back for each', async () => {
    let taken = 0
    const queue = new Queue<number>(() => taken++)
    queue.push(1)
    queue.push(2)
    assert.equal(queue.length, 2)
    const items = collect(queue)
    await Promise.resolve()
    queue.push(3)
    await new Promise((resolve) => setTimeout(resolve, 1))
    queue.push(4)
    queue.close()
    assert.deepEqual(await items, [1, 2, 3, 4])
    assert.equal(taken, 4)
    assert.equal(queue.length, 0)
  })

  it('throws an error after the last item', async () => {
    const queue = new Queue<number>(nothing)
    const items: number[] = []
    queue.push(1)
    queue.close(new Error('the end'))
    const loop = async (): Promise<void> => {
      for await (const item of queue) items.push(item)
    }
    await assert.rejects(loop, {message: 'the end'})
    assert.deepEqual(items, [1])
  })

  it('ends by what came first', async () => {
    const fine = new Queue<number>(nothing)
    fine.close()
    fine.close(new Error('too late'))
    assert.deepEqual(await collect(fine), [])
    const failed = new Queue<number>(nothing)
    failed.close(new Error('first'))
    failed.close(new Error('second'))
    await assert.rejects(collect(failed), {message: 'first'})
  })
})
