// One database and one least-privilege user per service.
for (const name of ["identity", "runs", "alerts"]) {
  db.getSiblingDB("admin").createUser({
    user: name,
    pwd: process.env[`MONGO_${name.toUpperCase()}_PASSWORD`],
    roles: [{ role: "readWrite", db: `cordee_${name}` }],
  });
}
