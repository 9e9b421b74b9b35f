// A list of checks of the open plan as a second planner goes through it, written beside the user's documents as a table: check, what
// was found, verdict. Reads only. Knows nothing of the mock.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS
{
    public class Script
    {
        private const double LargestGridMm = 2.5, HottestPercent = 107, OldestCtDays = 28;
        private readonly List<string> _lines = new List<string>();

        public void Execute(ScriptContext context)
        {
            PlanSetup plan = context.PlanSetup;
            if (plan == null)
            {
                throw new ApplicationException("Please open a plan.");
            }
            List<Beam> fields = plan.Beams.Where(b => !b.IsSetupField).ToList();
            Prescription(plan);
            Fields(plan, fields);
            Isocentre(plan, fields);
            DoseOf(plan);
            Surroundings(plan);
            string folder = Environment.GetEnvironmentVariable("PLAN_CHECK_FOLDER")
                ?? Environment.GetFolderPath(Environment.SpecialFolder.MyDocuments);
            File.WriteAllLines(Path.Combine(folder, "plan-check.csv"), _lines.ToArray());
        }

        private void Prescription(PlanSetup plan)
        {
            Note("plan", plan.Course.Id + "/" + plan.Id, true);
            Note("approval", plan.ApprovalStatus.ToString(), plan.ApprovalStatus == PlanSetupApprovalStatus.PlanningApproved);
            Note("fractions", plan.NumberOfFractions.HasValue ? plan.NumberOfFractions.Value.ToString() : "none",
                plan.NumberOfFractions.HasValue);
            Note("dose per fraction", Text(plan.DosePerFraction.Dose) + " " + plan.DosePerFraction.UnitAsString,
                !double.IsNaN(plan.DosePerFraction.Dose));
            Note("isodose", Text(100 * plan.TreatmentPercentage), plan.TreatmentPercentage == 1.0);
            Note("reference point", plan.PrimaryReferencePoint == null ? "none" : plan.PrimaryReferencePoint.Id,
                plan.PrimaryReferencePoint != null);
        }

        private void Fields(PlanSetup plan, List<Beam> fields)
        {
            string[] machines = fields.Select(b => b.TreatmentUnit.Id).Distinct().ToArray();
            Note("machine", string.Join(" ", machines), machines.Length == 1);
            string[] energies = fields.Select(b => b.EnergyModeDisplayName).Distinct().ToArray();
            Note("energies", string.Join(" ", energies), energies.Length == 1);
            Note("set-up fields", plan.Beams.Count(b => b.IsSetupField).ToString(), plan.Beams.Any(b => b.IsSetupField));
            double units = fields.Sum(b => b.Meterset.Value);
            Note("monitor units", Text(units), fields.All(b => b.Meterset.Unit == DosimeterUnit.MU && b.Meterset.Value > 0));
            Note("units per Gy", Text(units / Gray(plan.DosePerFraction)), units / Gray(plan.DosePerFraction) < 500);
            double smallest = fields.SelectMany(b => b.ControlPoints).Min(
                p => Math.Min(p.JawPositions.X2 - p.JawPositions.X1, p.JawPositions.Y2 - p.JawPositions.Y1));
            Note("narrowest jaws", Text(smallest), smallest >= 30);
            double[] couches = fields.Select(b => b.ControlPoints[0].PatientSupportAngle).Distinct().ToArray();
            Note("couch", string.Join(" ", couches.Select(Text).ToArray()), couches.All(c => c == 0));
        }

        private void Isocentre(PlanSetup plan, List<Beam> fields)
        {
            VVector at = fields[0].IsocenterPosition;
            bool one = fields.All(b => VVector.Distance(b.IsocenterPosition, at) < 0.1);
            VVector shown = plan.StructureSet.Image.DicomToUser(at, plan);
            Note("isocentre", Text(shown.x) + " " + Text(shown.y) + " " + Text(shown.z), one);
            Structure body = plan.StructureSet.Structures.FirstOrDefault(s => s.DicomType == "EXTERNAL");
            Note("SSD", string.Join(" ", fields.Select(b => Text(b.SSD)).ToArray()), fields.All(b => b.SSD > 500));
            Note("accessories", "", !fields.Any(b => b.Boluses.Any() || b.Wedges.Any() || b.Blocks.Any()));
            Note("isocentre in the body", body == null ? "no body" : "", body != null && body.IsPointInsideSegment(at));
        }

        private void DoseOf(PlanSetup plan)
        {
            if (!plan.IsDoseValid)
            {
                Note("dose", "none", false);
                return;
            }
            Note("dose grid", Text(plan.Dose.XRes) + " " + Text(plan.Dose.YRes) + " " + Text(plan.Dose.ZRes),
                Math.Max(plan.Dose.XRes, plan.Dose.YRes) <= LargestGridMm);
            DoseValuePresentation before = plan.DoseValuePresentation;
            plan.DoseValuePresentation = DoseValuePresentation.Relative;
            double hottest = plan.Dose.DoseMax3D.Dose;
            plan.DoseValuePresentation = before;
            Note("maximum", Text(hottest), hottest <= HottestPercent);
            Note("model", plan.GetCalculationModel(CalculationType.PhotonVolumeDose) ?? "none", true);
        }

        private void Surroundings(PlanSetup plan)
        {
            Note("couch structures", "", plan.StructureSet.Structures.Any(s => s.DicomType == "SUPPORT"));
            string[] empty = plan.StructureSet.Structures.Where(s => s.IsEmpty).Select(s => s.Id).ToArray();
            Note("empty structures", string.Join(" ", empty), empty.Length == 0);
            DateTime? taken = plan.StructureSet.Image.CreationDateTime;
            double days = taken.HasValue && plan.CreationDateTime.HasValue
                ? (plan.CreationDateTime.Value - taken.Value).TotalDays : double.NaN;
            Note("days since the CT", Text(days), days <= OldestCtDays);
            Note("scanner", plan.StructureSet.Image.Series.ImagingDeviceId, true);
        }

        private void Note(string check, string found, bool passed)
        {
            _lines.Add(check + ";" + found + ";" + (passed ? "OK" : "LOOK"));
        }

        private static double Gray(DoseValue dose)
        {
            return dose.Unit == DoseValue.DoseUnit.cGy ? dose.Dose / 100 : dose.Dose;
        }

        private static string Text(double number)
        {
            return number.ToString("0.###", CultureInfo.InvariantCulture);
        }
    }
}
