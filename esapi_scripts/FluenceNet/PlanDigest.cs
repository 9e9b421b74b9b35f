using System;
using System.Globalization;
using System.Linq;
using System.Text;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>A digest of all that a script could change in a plan, to show that it was not changed.</summary>
    public sealed class PlanDigest
    {
        private readonly string _digest;

        private PlanDigest(string digest)
        {
            _digest = digest;
        }

        /// <summary>Looks at a plan: what it is, its beams with leaves and fluence, every voxel of its dose.</summary>
        public static PlanDigest Of(ExternalPlanSetup plan)
        {
            using (Sha256 sha = Sha256.Create())
            {
                Add(sha, plan.Id, plan.UID, plan.ApprovalStatus, plan.NumberOfFractions, plan.TotalDose.Unit, plan.PhotonCalculationModel);
                Add(sha, plan.GetCalculationModel(CalculationType.PhotonLeafMotions), plan.IsDoseValid);
                Add(sha, plan.TotalDose.Dose, plan.TreatmentPercentage, plan.PlanNormalizationValue);
                foreach (Beam beam in plan.Beams.ToList())
                {
                    Add(sha, beam);
                }
                Add(sha, plan.Dose);
                return new PlanDigest(sha.Finish());
            }
        }

        /// <summary>Fails if the plan is not as it was.</summary>
        /// <exception cref="BridgeException">It is not.</exception>
        public void RequireUnchanged(ExternalPlanSetup plan)
        {
            if (Of(plan)._digest != _digest)
            {
                throw new BridgeException("the open plan must stay as it was, it has changed: close the patient without saving");
            }
        }

        private static void Add(Sha256 sha, Beam beam)
        {
            Add(sha, beam.Id, beam.BeamNumber, beam.EnergyModeDisplayName, beam.MLCPlanType, beam.IsSetupField);
            VVector isocentre = beam.IsocenterPosition;
            Add(sha, beam.Meterset.Value, beam.WeightFactor, isocentre.x, isocentre.y, isocentre.z);
            foreach (ControlPoint point in beam.ControlPoints)
            {
                VRect<double> jaws = point.JawPositions;
                Add(sha, point.MetersetWeight, point.GantryAngle, point.CollimatorAngle, point.PatientSupportAngle);
                Add(sha, jaws.X1, jaws.X2, jaws.Y1, jaws.Y2);
                Add(sha, point.LeafPositions);
            }
            Fluence fluence = beam.IsSetupField ? null : beam.GetOptimalFluence();
            if (fluence != null)
            {
                Add(sha, fluence.XOrigin, fluence.YOrigin);
                Add(sha, fluence.GetPixels());
            }
        }

        private static void Add(Sha256 sha, Dose dose)
        {
            if (dose == null)
            {
                return;
            }
            int[,] plane = new int[dose.XSize, dose.YSize];
            for (int k = 0; k < dose.ZSize; k++)
            {
                dose.GetVoxels(k, plane);
                Add(sha, plane);
            }
        }

        private static void Add(Sha256 sha, params object[] values)
        {
            string text = string.Join("|", values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture))) + "\n";
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            sha.Add(bytes, bytes.Length);
        }

        private static void Add(Sha256 sha, params double[] values)
        {
            byte[] bytes = new byte[8 * values.Length];
            Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
            sha.Add(bytes, bytes.Length);
        }

        /// <summary>Adds an array of float32 or int32 as it lies in memory.</summary>
        private static void Add(Sha256 sha, Array values)
        {
            byte[] bytes = new byte[4 * values.Length];
            Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
            sha.Add(bytes, bytes.Length);
        }
    }
}
