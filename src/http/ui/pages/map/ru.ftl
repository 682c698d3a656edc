map-title = Карта
map-count = { $count ->
    [one] { $count } обращение с местом
    [few] { $count } обращения с местом
   *[other] { $count } обращений с местом
  }, { $clusters ->
    [one] { $clusters } скопление
    [few] { $clusters } скопления
   *[other] { $clusters } скоплений
  }
map-cluster = { $count ->
    [one] { $count } обращение
    [few] { $count } обращения
   *[other] { $count } обращений
  }: { $place }
map-near = около: { $place }
map-overdue = Только просроченные
map-show = Показать
map-ways = Куда смотреть
map-closer = Ближе
map-farther = Дальше
map-west = Западнее
map-east = Восточнее
map-north = Севернее
map-south = Южнее
map-all = Всё
map-ground = Контуры и дома нарисованы по открытым данным (© участники OpenStreetMap). Там, где контуров нет, линия обведена вокруг известных улиц и границей не является. Без места обращений здесь не видно.
map-empty = Здесь нет обращений, место которых известно. Отойдите дальше или измените фильтр.
map-where = Где
map-how-many = Сколько
map-look = Посмотреть
map-list = Списком
map-more = И ещё скоплений: { $count }. Посмотрите ближе.
map-whereabouts = На карте: { $place }
