DROP TABLE ops.points;
DROP TABLE ops.series;
