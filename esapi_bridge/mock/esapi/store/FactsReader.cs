using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>Reads what patient.json says besides courses and plans; whatever is not there stays unset.</summary>
    internal static class FactsReader
    {
        internal const string DateFormat = "yyyy-MM-ddTHH:mm:ss";

        /// <summary>Facts of the patient that plans refer to: before the plans.</summary>
        internal static void Patient(PatientState patient, JsonPart file)
        {
            patient.Created = Date(file, "created");
            patient.Sex = file.Text("sex", patient.Sex);
            foreach (JsonPart part in Parts(file, "reference_points"))
            {
                patient.ReferencePoints.Add(new ReferencePointState
                {
                    Uid = part.Text("uid"),
                    Id = part.Text("id"),
                    Name = part.Text("name", ""),
                    VolumeId = part.Text("volume", ""),
                    TotalLimitGy = part.Number("total_limit_gy", double.NaN),
                    DailyLimitGy = part.Number("daily_limit_gy", double.NaN),
                    SessionLimitGy = part.Number("session_limit_gy", double.NaN)
                });
            }
            foreach (JsonPart part in Parts(file, "registrations"))
            {
                patient.Registrations.Add(new RegistrationState
                {
                    Id = part.Text("id"),
                    Uid = part.Text("uid"),
                    Source = part.Text("source"),
                    Registered = part.Text("registered"),
                    Matrix = part.Numbers("matrix", 16),
                    Created = Date(part, "created")
                });
            }
        }

        /// <summary>Facts of the images of the structure sets: after the plans.</summary>
        internal static void Images(PatientState patient, JsonPart file)
        {
            foreach (JsonPart part in Parts(file, "images"))
            {
                foreach (ImageState image in patient.Images.Where(i => i.SeriesUid == part.Text("series")))
                {
                    image.Created = Date(part, "created");
                    double[] origin = part.Has("user_origin_mm") ? part.Numbers("user_origin_mm", 3) : null;
                    image.UserOrigin = origin == null ? (VVector?)null : new VVector(origin[0], origin[1], origin[2]);
                    image.Scan.StudyUid = part.Text("study", "");
                    image.Scan.StudyId = part.Text("study_id", "");
                    image.Scan.StudyCreated = Date(part, "study_created");
                    image.Scan.Device = part.Text("device", "");
                    image.Scan.Manufacturer = part.Text("manufacturer", "");
                    image.Scan.Model = part.Text("model", "");
                    image.Scan.SerialNumber = part.Text("serial_number", "");
                }
            }
        }

        internal static void Course(CourseState course, JsonPart part)
        {
            course.Created = Date(part, "created");
            course.Modified = Date(part, "modified");
            course.Started = Date(part, "started");
        }

        internal static void Plan(PatientState patient, PlanState plan, JsonPart part)
        {
            plan.Created = Date(part, "created");
            plan.Modified = Date(part, "modified");
            plan.Approved = Date(part, "approved");
            plan.Intent = part.Text("intent", "");
            plan.Gated = part.Has("gated") && part.Flag("gated");
            foreach (JsonPart point in Parts(part, "reference_points"))
            {
                ReferencePointState state = patient.ReferencePoints.FirstOrDefault(p => p.Uid == point.Text("uid"));
                if (state == null)
                {
                    throw new InvalidDataException("patient.json: a plan's reference points must be among the patient's");
                }
                double[] at = point.Has("location_mm") ? point.Numbers("location_mm", 3) : null;
                plan.Points.Add(new PlanPointState
                {
                    Point = state, Location = at == null ? (VVector?)null : new VVector(at[0], at[1], at[2])
                });
            }
        }

        private static IEnumerable<JsonPart> Parts(JsonPart part, string key)
        {
            return part.Has(key) ? part.Parts(key) : Enumerable.Empty<JsonPart>();
        }

        internal static DateTime? Date(JsonPart part, string key)
        {
            if (!part.Has(key))
            {
                return null;
            }
            DateTime date;
            if (!DateTime.TryParseExact(part.Text(key), DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out date))
            {
                throw new InvalidDataException("patient.json: " + key + " must be a time such as 2026-01-31T12:00:00");
            }
            return date;
        }
    }
}
