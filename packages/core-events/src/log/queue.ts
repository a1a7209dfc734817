/** First in, first out; `shift` takes constant time. */
export interface Queue<T> {
  readonly length: number;
  push(item: T): void;
  /** The oldest item, without removing it. */
  peek(): T | undefined;
  /** Removes the oldest item. */
  shift(): T | undefined;
}

const COMPACT_AFTER = 1024;

/** Creates an empty queue. */
export function createQueue<T>(): Queue<T> {
  let items: (T | undefined)[] = [];
  let head = 0;
  return {
    get length() {
      return items.length - head;
    },
    push: (item) => {
      items.push(item);
    },
    peek: () => items[head],
    shift() {
      const item = items[head];
      if (head < items.length) {
        // Lets the garbage collector free the removed item.
        items[head] = undefined;
        head += 1;
      }
      if (head > COMPACT_AFTER && head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
  };
}
