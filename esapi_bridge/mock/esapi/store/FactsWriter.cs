using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>Adds to patient.json what <see cref="FactsReader"/> reads; what is unset is left out.</summary>
    internal static class FactsWriter
    {
        internal static void Patient(PatientState patient, Dictionary<string, object> entry)
        {
            Put(entry, "created", Date(patient.Created));
            Put(entry, "sex", patient.Sex == PatientState.UnknownSex ? null : patient.Sex);
            Put(entry, "reference_points", List(patient.ReferencePoints.Select(p => Filled(
                "uid", p.Uid, "id", p.Id, "name", Text(p.Name), "volume", Text(p.VolumeId),
                "total_limit_gy", Number(p.TotalLimitGy), "daily_limit_gy", Number(p.DailyLimitGy),
                "session_limit_gy", Number(p.SessionLimitGy)))));
            Put(entry, "registrations", List(patient.Registrations.Select(r => Filled(
                "id", r.Id, "uid", r.Uid, "source", r.Source, "registered", r.Registered, "matrix", r.Matrix,
                "created", Date(r.Created)))));
            Put(entry, "images", List(patient.Images.Where(i => i.SeriesUid != null).GroupBy(i => i.SeriesUid)
                .Select(g => Image(g.First())).Where(i => i.Count > 1)));
        }

        internal static void Course(CourseState course, Dictionary<string, object> entry)
        {
            Put(entry, "created", Date(course.Created));
            Put(entry, "modified", Date(course.Modified));
            Put(entry, "started", Date(course.Started));
        }

        internal static void Plan(PlanState plan, Dictionary<string, object> entry)
        {
            Put(entry, "created", Date(plan.Created));
            Put(entry, "modified", Date(plan.Modified));
            Put(entry, "approved", Date(plan.Approved));
            Put(entry, "intent", Text(plan.Intent));
            Put(entry, "gated", plan.Gated ? (object)true : null);
            Put(entry, "reference_points", List(plan.Points.Select(p => Filled(
                "uid", p.Point.Uid, "location_mm", Point(p.Location)))));
        }

        private static Dictionary<string, object> Image(ImageState image)
        {
            ScanState scan = image.Scan;
            return Filled("series", image.SeriesUid, "created", Date(image.Created), "study", Text(scan.StudyUid),
                "study_id", Text(scan.StudyId), "study_created", Date(scan.StudyCreated), "device", Text(scan.Device),
                "manufacturer", Text(scan.Manufacturer), "model", Text(scan.Model),
                "serial_number", Text(scan.SerialNumber), "user_origin_mm", Point(image.UserOrigin));
        }

        private static double[] Point(VVector? at)
        {
            return at.HasValue ? new[] { at.Value.x, at.Value.y, at.Value.z } : null;
        }

        private static Dictionary<string, object> Filled(params object[] keysAndValues)
        {
            Dictionary<string, object> entry = new Dictionary<string, object>();
            for (int n = 0; n < keysAndValues.Length; n += 2)
            {
                Put(entry, (string)keysAndValues[n], keysAndValues[n + 1]);
            }
            return entry;
        }

        private static void Put(Dictionary<string, object> entry, string key, object value)
        {
            if (value != null)
            {
                entry[key] = value;
            }
        }

        private static object List(IEnumerable<Dictionary<string, object>> entries)
        {
            List<Dictionary<string, object>> list = entries.ToList();
            return list.Count == 0 ? null : list;
        }

        private static string Text(string text)
        {
            return text.Length == 0 ? null : text;
        }

        private static object Number(double number)
        {
            return double.IsNaN(number) ? (object)null : number;
        }

        private static string Date(DateTime? date)
        {
            return date.HasValue ? date.Value.ToString(FactsReader.DateFormat, CultureInfo.InvariantCulture) : null;
        }
    }
}
