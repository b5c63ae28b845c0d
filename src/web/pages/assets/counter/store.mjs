// Stores: what must outlive a closed tab, a dead battery and a lost connection.
//
// Promises: what is confirmed leaves the basket and enters the outbox in one transaction; it leaves
// the outbox only in the transaction that keeps its receipt, or when a person has read why it was
// refused. Does not: decide or send.
//
// Rooms: `self` (who this device is, what was chosen), `basket`, `outbox`, `receipts`.

const NAME = 'carnet-counter';
const RECEIPTS = 2000;

const done = (asked) => new Promise((resolve, reject) => {
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});

// Opens the rooms; makes them the first time.
export function open() {
  const asked = indexedDB.open(NAME, 1);
  asked.onupgradeneeded = () => {
    const database = asked.result;
    database.createObjectStore('self');
    database.createObjectStore('basket', { keyPath: 'key' });
    database.createObjectStore('outbox', { keyPath: 'key' });
    database.createObjectStore('receipts', { keyPath: 'id' }).createIndex('at', 'at');
  };
  return done(asked).then((database) => {
    // A newer counter in another tab may change the rooms: it must not wait for this one.
    database.onversionchange = () => database.close();
    return new Rooms(database);
  });
}

class Rooms {
  #database;

  constructor(database) {
    this.#database = database;
  }

  // One transaction: `work` gets the rooms and must ask everything at once.
  #write(rooms, work) {
    return new Promise((resolve, reject) => {
      const transaction = this.#database.transaction(rooms, 'readwrite', { durability: 'strict' });
      let result;
      transaction.oncomplete = () => resolve(result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
      result = work(...rooms.map((room) => transaction.objectStore(room)));
    });
  }

  #read(room, work) {
    return done(work(this.#database.transaction(room).objectStore(room)));
  }

  // What is kept of this device under a name.
  kept(name) {
    return this.#read('self', (self) => self.get(name));
  }

  // Keeps something of this device.
  keep(name, value) {
    return this.#write(['self'], (self) => self.put(value, name));
  }

  // Forgets something of this device.
  forget(name) {
    return this.#write(['self'], (self) => self.delete(name));
  }

  // The basket, in the order in which vouchers came.
  async basket() {
    const rows = await this.#read('basket', (basket) => basket.getAll());
    return rows.sort((one, other) => one.at - other.at);
  }

  // Puts a voucher into the basket.
  lay(row) {
    return this.#write(['basket'], (basket) => basket.put(row));
  }

  // Takes a voucher out of the basket.
  take(key) {
    return this.#write(['basket'], (basket) => basket.delete(key));
  }

  // What waits to be sent, and what was refused and not read yet.
  outbox() {
    return this.#read('outbox', (outbox) => outbox.getAll());
  }

  // Writes what leaves the basket into the outbox. Only rows that are still in the basket count:
  // of two tabs that confirm the same one, the second finds it empty.
  confirm(records, keys) {
    return this.#write(['basket', 'outbox'], (basket, outbox) => {
      records.forEach((record, place) => {
        basket.get(keys[place]).onsuccess = ({ target }) => {
          if (!target.result) return;
          outbox.put(record);
          basket.delete(keys[place]);
        };
      });
    });
  }

  // Puts records into the outbox, new or changed.
  post(records) {
    return this.#write(['outbox'], (outbox) => {
      for (const record of records) outbox.put(record);
    });
  }

  // Takes a record out of the outbox: somebody has read why it was refused.
  drop(key) {
    return this.#write(['outbox'], (outbox) => outbox.delete(key));
  }

  // What came of records: receipts are kept, their records go, refused ones stay to be read.
  settle({ paid, refused }) {
    return this.#write(['outbox', 'receipts'], (outbox, receipts) => {
      for (const receipt of paid) {
        receipts.put(receipt);
        outbox.delete(`${receipt.id}/redemption`);
      }
      for (const record of refused) outbox.put(record);
    });
  }

  // A redemption was undone: its receipt says so, its record goes.
  undone(receipt) {
    return this.#write(['outbox', 'receipts'], (outbox, receipts) => {
      receipts.put(receipt);
      outbox.delete(`${receipt.id}/reversal`);
    });
  }

  // A receipt.
  receipt(id) {
    return this.#read('receipts', (receipts) => receipts.get(id));
  }

  // Receipts since a moment, the newest first.
  async receipts(since) {
    const range = IDBKeyRange.lowerBound(since);
    const found = await this.#read('receipts', (receipts) => receipts.index('at').getAll(range));
    return found.reverse();
  }

  // Lets the oldest receipts go when there are very many.
  async prune() {
    const count = await this.#read('receipts', (receipts) => receipts.count());
    if (count <= RECEIPTS) return;
    let left = count - RECEIPTS;
    await this.#write(['receipts'], (receipts) => {
      receipts.index('at').openCursor().onsuccess = ({ target }) => {
        if (!target.result || left === 0) return;
        left -= 1;
        target.result.delete();
        target.result.continue();
      };
    });
  }
}
