// Founds the replica set, once; said again it only looks. Ends with 0 once this member works.
//
// By default writes would stand still for ten seconds before a new primary is chosen, and a new one
// waits for a frozen one before it works: what a majority has acknowledged is on it already.
const settings = { electionTimeoutMillis: 4000, catchUpTimeoutMillis: 500 };
const members = process.env.MONGO_MEMBERS.split(",").map((host, index) => ({ _id: index, host }));
try {
  rs.status();
} catch (error) {
  rs.initiate({ _id: "rs0", members, settings });
}
const told = db.hello();
quit(told.isWritablePrimary || told.secondary ? 0 : 1);
