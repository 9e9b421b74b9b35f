using System.Collections.Generic;
using System.IO;

namespace EsapiBridge.Scripts
{
    /// <summary>Reads the dose of a whole plan out of a result folder that the Python side has checked.</summary>
    public static class ResultFolder
    {
        /// <summary>Reads the plan's dose, all fractions, Gy.</summary>
        /// <param name="folder">The result folder.</param>
        /// <param name="doses">What the result says of its doses.</param>
        public static DoseVolume PlanDose(string folder, List<JsonObject> doses)
        {
            foreach (JsonObject part in doses)
            {
                if (part.Text("kind") == "PLAN")
                {
                    Lattice lattice = Lattice.FromJson(part.Object("grid"));
                    string file = Path.GetFileName(part.Object("array").Text("file"));
                    return new DoseVolume(Npy.ReadFloat32(Path.Combine(folder, file), lattice.Shape), lattice);
                }
            }
            throw new BridgeException("expected a dose of the whole plan in the result, found none; run the script again");
        }
    }
}
