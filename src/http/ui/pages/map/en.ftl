map-title = Map
map-count = { $count ->
    [one] { $count } incident with a place
   *[other] { $count } incidents with a place
  }, { $clusters ->
    [one] { $clusters } cluster
   *[other] { $clusters } clusters
  }
map-cluster = { $count ->
    [one] { $count } incident
   *[other] { $count } incidents
  }: { $place }
map-near = near { $place }
map-overdue = Only overdue ones
map-show = Show
map-ways = Where to look
map-closer = Closer
map-farther = Farther
map-west = West
map-east = East
map-north = North
map-south = South
map-all = All
map-ground = Outlines and houses are drawn from open data (© OpenStreetMap contributors). Where there are no outlines, a line goes round the streets that are known; it is no border. Incidents without a place are not seen here.
map-empty = There is no incident here whose place is known. Look from farther away, or change the filter.
map-where = Where
map-how-many = How many
map-look = Look
map-list = As a list
map-more = And more clusters: { $count }. Look closer.
map-whereabouts = On the map: { $place }
