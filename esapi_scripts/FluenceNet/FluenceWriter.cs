using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>Gives the beams of a plan their optimal fluence, all or none, and reads it back.</summary>
    public static class FluenceWriter
    {
        /// <summary>How far what Eclipse holds may be from what was set, as a share of the largest pixel of the beam.</summary>
        private const double AllowedShare = 1e-3;

        /// <summary>Sets the fluence of every treatment beam.</summary>
        /// <param name="plan">The copy of a plan; it is changed.</param>
        /// <param name="wanted">Fluence by the id of its beam, for every treatment beam.</param>
        /// <returns>The largest difference between a pixel that was set and what Eclipse holds.</returns>
        /// <exception cref="RefusedException">Eclipse does not take the fluence of some beam; none was set.</exception>
        /// <exception cref="BridgeException">A beam has no fluence, or Eclipse holds another than was set.</exception>
        public static double Write(ExternalPlanSetup plan, IDictionary<string, Fluence> wanted)
        {
            List<string> treatment = plan.Beams.Where(beam => !beam.IsSetupField).Select(beam => beam.Id).ToList();
            if (!new HashSet<string>(treatment).SetEquals(wanted.Keys))
            {
                throw new BridgeException("every treatment beam must have one fluence (" + string.Join(", ", treatment)
                    + "), found " + string.Join(", ", wanted.Keys));
            }
            RequireTaken(plan, wanted);
            foreach (Beam beam in Chosen(plan, wanted))
            {
                beam.SetOptimalFluence(wanted[beam.Id]);
            }
            return Chosen(plan, wanted).Max(beam => Deviation(beam, wanted[beam.Id]));
        }

        // A list: setting a fluence changes the plan whose beams are enumerated.
        private static List<Beam> Chosen(ExternalPlanSetup plan, IDictionary<string, Fluence> wanted)
        {
            return plan.Beams.Where(beam => wanted.ContainsKey(beam.Id)).ToList();
        }

        private static void RequireTaken(ExternalPlanSetup plan, IDictionary<string, Fluence> wanted)
        {
            List<string> faults = new List<string>();
            foreach (Beam beam in Chosen(plan, wanted))
            {
                string message;
                if (!beam.CanSetOptimalFluence(wanted[beam.Id], out message))
                {
                    faults.Add(beam.Id + " (" + message + ")");
                }
            }
            if (faults.Count > 0)
            {
                throw new RefusedException("Eclipse must take the fluence of every field, it does not for "
                    + string.Join(", ", faults) + "; no field was changed");
            }
        }

        private static double Deviation(Beam beam, Fluence wanted)
        {
            Fluence held = beam.GetOptimalFluence();
            double difference = held == null ? double.NaN : FluenceComparison.Largest(wanted, held);
            double allowed = AllowedShare * wanted.GetPixels().Cast<float>().Max();
            if (!(difference <= allowed))
            {
                throw new BridgeException(string.Format(
                    CultureInfo.InvariantCulture,
                    "Eclipse must hold the fluence that was set for field {0} (to {1:G3}), found a difference of {2:G3}",
                    beam.Id,
                    allowed,
                    difference));
            }
            return difference;
        }
    }
}
